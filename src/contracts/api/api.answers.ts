import { applyDecorators, HttpCode, HttpStatus, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiOperation,
  ApiProperty,
  ApiResponse,
  ApiSecurity,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Page } from '../../common/page.js';
import { ALWAYS, BODY, documentRefusals, GUARDED } from '../edge/open-api.js';
import { ApiErrorBody, presentApiError } from './api.contract.js';

/** What every success of this contract looks like. */
export interface Answer<T> {
  readonly message: string;
  readonly data: T;
}

export function answer<T>(message: string, data: T): Answer<T> {
  return { message, data };
}

export class PageMeta {
  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The page, from 0; null where a cursor was given.',
    example: 0,
  })
  page!: number | null;

  @ApiProperty({ type: 'integer', description: 'How many to a page.', example: 10 })
  size!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'How many there are in all; null where a cursor was given.',
    example: 1,
  })
  totalCount!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'How many pages there are; null where a cursor was given.',
    example: 1,
  })
  totalPages!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Brings what follows when given as `cursor`; null at the end.',
    example: null,
  })
  nextCursor!: string | null;
}

export interface ListAnswer<T> extends Answer<T[]> {
  readonly meta: PageMeta;
}

export function listAnswer<Row, T>(message: string, page: Page<Row>, present: (row: Row) => T): ListAnswer<T> {
  const { offset, size, totalCount, nextCursor } = page;
  const totalPages = totalCount === null ? null : Math.ceil(totalCount / size);
  return {
    message,
    data: page.items.map(present),
    meta: { page: offset === null ? null : Math.floor(offset / size), size, totalCount, totalPages, nextCursor },
  };
}

interface OperationOptions {
  readonly summary: string;
  readonly description: string;
  /** What the answer's `data` is; absent: 204, no body. */
  readonly data?: Type | readonly [Type];
  /** Whether `data` is one page of a list. */
  readonly paged?: boolean;
  /** Whether there is nothing to say but the message: `data` is null. */
  readonly messageOnly?: boolean;
  readonly status?: HttpStatus;
  readonly message?: string;
  /** Whether it takes a body. */
  readonly body?: boolean;
  /** Who may call it: anybody, anybody with more for a login, a login, or an API key as well. */
  readonly access: 'public' | 'public or session' | 'session' | 'session or key';
  /** What it may refuse, beside what every such call can meet. */
  readonly refuses?: readonly ErrorCode[];
}

/** The status and the documentation of an operation: what it answers and every way it can refuse. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { summary, description, access, refuses = [], body = false } = options;
  const status = options.status ?? (options.data || options.messageOnly ? HttpStatus.OK : HttpStatus.NO_CONTENT);
  const rights: ErrorCode[] = access === 'session or key' ? ['insufficient_scope'] : ['session_required'];
  const codes = [
    ...(body ? BODY : []),
    ...(access === 'public' ? [] : [...GUARDED, ...rights]),
    'invalid_request' as const,
    ...refuses,
    ...ALWAYS,
  ];
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary, description }),
    successOf(options, status),
    documentRefusals(presentApiError, ApiErrorBody, codes),
    ...(access === 'public' ? [] : [ApiBearerAuth('bearer')]),
    ...(access === 'public or session' ? [ApiSecurity({})] : []),
    ...(access === 'session or key' ? [ApiSecurity('apiKey')] : []),
  );
}

function successOf(
  { data, paged, messageOnly, message = 'OK' }: OperationOptions,
  status: HttpStatus,
): MethodDecorator {
  if (status === HttpStatus.NO_CONTENT) return ApiResponse({ status, description: 'Done. No body.' });
  const properties: Record<string, object> = { message: { type: 'string', example: message } };
  const models: Type[] = [];
  if (data) {
    const isList = typeof data !== 'function';
    const model = isList ? data[0] : data;
    models.push(model);
    const reference = { $ref: getSchemaPath(model) };
    properties['data'] = isList ? { type: 'array', items: reference } : reference;
  }
  if (messageOnly) properties['data'] = { type: 'object', nullable: true, example: null };
  if (paged) {
    models.push(PageMeta);
    properties['meta'] = { $ref: getSchemaPath(PageMeta) };
  }
  return applyDecorators(
    ApiExtraModels(...models),
    ApiResponse({
      status,
      description: message,
      content: { 'application/json': { schema: { type: 'object', required: Object.keys(properties), properties } } },
    }),
  );
}
