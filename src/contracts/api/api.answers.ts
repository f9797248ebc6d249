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

interface OperationOptions extends Omit<OperationDocs, 'status'> {
  /** The `data` of a success; absent: 204 without a body. */
  readonly data?: Type | readonly [Type];
  /** Whether `data` is one page of a list. */
  readonly paged?: boolean;
  /** Whether `data` is null. */
  readonly messageOnly?: boolean;
  /** Whether the answer is NDJSON. */
  readonly isNdjson?: boolean;
  readonly status?: HttpStatus;
}

/** The status and the documentation of an operation of this contract. */
export function Operation(options: OperationOptions): MethodDecorator {
  const hasBody = options.data ?? options.messageOnly ?? options.isNdjson;
  const status = options.status ?? (hasBody ? HttpStatus.OK : HttpStatus.NO_CONTENT);
  return applyDecorators(documentOperation({ ...options, status }), documentSuccess(options, status));
}

const MESSAGE: Schema = { type: 'string', description: 'What happened, for people.' };

function documentSuccess({ data, paged, isNdjson }: OperationOptions, status: HttpStatus): MethodDecorator {
  if (isNdjson) {
    const content = { [NDJSON_MEDIA_TYPE]: { schema: { type: 'string' } } };
    return ApiResponse({ status, description: 'A JSON object a line.', content });
  }
  if (status === HttpStatus.NO_CONTENT) return ApiResponse({ status, description: 'Success, without a body.' });
  const isList = typeof data === 'object';
  const model = isList ? data[0] : data;
  const reference = model && { $ref: getSchemaPath(model) };
  const properties: Record<string, Schema | { $ref: string }> = {
    message: MESSAGE,
    data: isList ? { type: 'array', items: reference } : (reference ?? NULL),
    ...(paged && { meta: { $ref: getSchemaPath(PageMeta) } }),
  };
  const schema = {
    title: answerName(model, isList, paged),
    type: 'object',
    required: Object.keys(properties),
    properties,
  };
  return applyDecorators(
    ApiExtraModels(...(model ? [model] : []), ...(paged ? [PageMeta] : [])),
    ApiResponse({ status, description: 'Success.', content: { [JSON_MEDIA_TYPE]: { schema } } }),
  );
}

/** `ArtistAnswer`, `ArtistList` or `ArtistPage` for an `ArtistView`. */
function answerName(model: Type | undefined, isList: boolean, paged = false): string {
  const kind = paged ? 'Page' : isList ? 'List' : 'Answer';
  return `${model?.name.replace(/View$/, '') ?? 'Message'}${kind}`;
}
