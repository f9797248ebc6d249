import { applyDecorators, HttpCode, HttpStatus, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiSecurity, getSchemaPath } from '@nestjs/swagger';
import type { ErrorCode } from '../../common/error-codes.js';
import { ALWAYS, BODY, documentRefusals, GUARDED } from '../edge/open-api.js';
import { JSON_MEDIA_TYPE } from '../edge/media-type.interceptor.js';
import { FEED_MEDIA_TYPE, FeedErrorBody, presentFeedError } from './feed.contract.js';

interface OperationOptions {
  readonly summary: string;
  readonly description: string;
  readonly answers: Type;
  /** `login` takes a key and a body; `data` takes a key and a token. */
  readonly kind: 'login' | 'data';
  readonly refuses?: readonly ErrorCode[];
}

/** The documentation of an operation of the feed. */
export function Operation({ summary, description, answers, kind, refuses = [] }: OperationOptions): MethodDecorator {
  const usual: readonly ErrorCode[] = kind === 'login' ? BODY : [...GUARDED, 'insufficient_scope'];
  const codes: ErrorCode[] = [
    'invalid_request',
    ...usual,
    'api_key_required',
    'invalid_api_key',
    'not_acceptable',
    ...refuses,
    ...ALWAYS,
  ];
  const schema = { $ref: getSchemaPath(answers) };
  return applyDecorators(
    HttpCode(HttpStatus.OK),
    ApiOperation({ summary, description }),
    ApiExtraModels(answers),
    ApiResponse({
      status: HttpStatus.OK,
      description: summary,
      content: { [JSON_MEDIA_TYPE]: { schema }, [FEED_MEDIA_TYPE]: { schema } },
    }),
    documentRefusals(presentFeedError, FeedErrorBody, codes, [JSON_MEDIA_TYPE, FEED_MEDIA_TYPE]),
    // In one requirement: both are needed.
    ApiSecurity(kind === 'login' ? { apiKey: [] } : { bearer: [], apiKey: [] }),
  );
}
