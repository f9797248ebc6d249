import { applyDecorators, HttpCode, type HttpStatus, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOperation, ApiResponse, ApiSecurity, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '../../common/error-codes.js';
import { ALWAYS, BODY, documentRefusals, GUARDED } from '../edge/open-api.js';
import { presentV1Error, V1ErrorBody } from './v1.contract.js';

/** What every success of this contract looks like. */
export interface Success<T> {
  readonly success: true;
  readonly data: T;
}

export function success<T>(data: T): Success<T> {
  return { success: true, data };
}

export interface MessageOnly {
  readonly success: true;
  readonly message: string;
}

interface OperationOptions {
  readonly summary: string;
  readonly description: string;
  readonly status: HttpStatus;
  /** What `data` is, or the only message. */
  readonly answers: { readonly data: Type } | { readonly message: string };
  readonly body?: boolean;
  readonly access: 'public' | 'session' | 'session or key';
  readonly refuses?: readonly ErrorCode[];
}

/** The status and the documentation of an operation of this contract. */
export function Operation({
  summary,
  description,
  status,
  answers,
  body,
  access,
  refuses = [],
}: OperationOptions): MethodDecorator {
  const rights: ErrorCode[] = access === 'session' ? ['session_required'] : ['insufficient_scope'];
  const guarded = access === 'public' ? [] : [...GUARDED, ...rights];
  const codes: ErrorCode[] = ['invalid_request', ...(body ? BODY : []), ...guarded, ...refuses, ...ALWAYS];
  const success = { type: 'boolean', enum: [true], example: true };
  const rest: Record<string, object> =
    'data' in answers
      ? { data: { $ref: getSchemaPath(answers.data) } }
      : { message: { type: 'string', example: answers.message } };
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary, description }),
    ApiExtraModels(...('data' in answers ? [answers.data] : [])),
    ApiResponse({
      status,
      description: summary,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['success', ...Object.keys(rest)],
            properties: { success, ...rest },
          },
        },
      },
    }),
    documentRefusals(presentV1Error, V1ErrorBody, codes),
    ...(access === 'public' ? [] : [ApiBearerAuth('bearer')]),
    ...(access === 'session or key' ? [ApiSecurity('apiKey')] : []),
  );
}
