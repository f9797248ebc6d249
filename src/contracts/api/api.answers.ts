import { applyDecorators, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import type { Page } from '../../common/page.js';
import type { Schema } from '../../http/docs/document-parts.js';
import { documentOperation, type OperationDocs } from '../../http/docs/operation.js';
import { NULL } from '../../http/docs/properties.js';
import { NDJSON_MEDIA_TYPE } from '../../http/input/ndjson-route.js';
import { JSON_MEDIA_TYPE } from '../../http/output/media-type.interceptor.js';

/** The body of every success of this contract. */
export interface Answer<T> {
  readonly message: string;
  readonly data: T;
}

export class PageMeta {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The page, from 0; null where a cursor was given.',
    example: 0,
  })
  page!: number | null;

  @ApiProperty({ type: 'integer', description: 'The number of items per page.', example: 10 })
  size!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The number of items in all; null where a cursor was given.',
    example: 1,
  })
  totalCount!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The number of pages; null where a cursor was given.',
    example: 1,
  })
  totalPages!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `cursor` to get the next page; null on the last page.',
    example: null,
  })
  nextCursor!: string | null;

  @ApiProperty({
    type: String,
    isArray: true,
    required: false,
    description: 'Where `ids` were asked for: those that were not found, as they were given.',
    example: [],
  })
  notFound?: readonly string[];
}

export interface ListAnswer<T> extends Answer<T[]> {
  readonly meta: PageMeta;
}

export function answer<T>(message: string, data: T): Answer<T> {
  return { message, data };
}

export function listAnswer<Row, T>(message: string, page: Page<Row>, present: (row: Row) => T): ListAnswer<T> {
  const { items, offset, size, totalCount, nextCursor, notFound } = page;
  const meta = {
    page: offset === null ? null : Math.floor(offset / size),
    size,
    totalCount,
    totalPages: totalCount === null ? null : Math.ceil(totalCount / size),
    nextCursor,
    ...(notFound && { notFound }),
  };
  return { message, data: items.map(present), meta };
}

/** The body of a success: with `data`, which is one view, a whole list or one page of it; a message alone; or NDJSON. */
type Answers = { readonly data: Type } | { readonly list: Type } | { readonly page: Type } | 'message' | 'ndjson';

interface OperationOptions extends Omit<OperationDocs, 'status'> {
  /** Absent: 204 without a body. */
  readonly answers?: Answers;
  readonly status?: HttpStatus;
}

/** The status and the documentation of an operation of this contract. */
export function Operation({ answers, ...docs }: OperationOptions): MethodDecorator {
  const status = docs.status ?? (answers ? HttpStatus.OK : HttpStatus.NO_CONTENT);
  return applyDecorators(documentOperation({ ...docs, status }), documentSuccess(answers, status));
}

const MESSAGE: Schema = { type: 'string', description: 'What happened, for people.' };

function documentSuccess(answers: Answers | undefined, status: HttpStatus): MethodDecorator {
  if (answers === undefined) return ApiResponse({ status, description: 'Success, without a body.' });
  if (answers === 'ndjson') {
    const content = { [NDJSON_MEDIA_TYPE]: { schema: { type: 'string' } } };
    return ApiResponse({ status, description: 'A JSON object a line.', content });
  }
  const { title, models, properties } = bodyOf(answers);
  const schema = { title, type: 'object', required: Object.keys(properties), properties };
  return applyDecorators(
    ApiExtraModels(...models),
    ApiResponse({ status, description: 'Success.', content: { [JSON_MEDIA_TYPE]: { schema } } }),
  );
}

interface Body {
  readonly title: string;
  readonly models: readonly Type[];
  readonly properties: Readonly<Record<string, Schema | { $ref: string }>>;
}

/** Its title is `ArtistAnswer`, `ArtistList` or `ArtistPage` for an `ArtistView`. */
function bodyOf(answers: Exclude<Answers, 'ndjson'>): Body {
  const message = MESSAGE;
  if (answers === 'message') return { title: 'MessageAnswer', models: [], properties: { message, data: NULL } };
  if ('data' in answers) {
    const { data: model } = answers;
    return { title: `${nameOf(model)}Answer`, models: [model], properties: { message, data: referTo(model) } };
  }
  if ('list' in answers) {
    const { list: model } = answers;
    return { title: `${nameOf(model)}List`, models: [model], properties: { message, data: listOf(model) } };
  }
  const { page: model } = answers;
  return {
    title: `${nameOf(model)}Page`,
    models: [model, PageMeta],
    properties: { message, data: listOf(model), meta: referTo(PageMeta) },
  };
}

function nameOf(view: Type): string {
  return view.name.replace(/View$/, '');
}

function referTo(model: Type): { $ref: string } {
  return { $ref: getSchemaPath(model) };
}

function listOf(model: Type): Schema {
  return { type: 'array', items: referTo(model) };
}
