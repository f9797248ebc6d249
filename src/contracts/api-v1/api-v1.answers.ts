import { applyDecorators, HttpCode, HttpStatus, type Type } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { ErrorCode } from '../../common/error-codes.js';
import { ALWAYS, BODY, documentRefusals, GUARDED } from '../edge/open-api.js';
import { ApiV1ErrorBody, presentApiV1Error } from './api-v1.contract.js';

interface OperationOptions {
  readonly summary: string;
  readonly description: string;
  /** The bare body of a success; absent: 204, no body. */
  readonly answers?: Type | [Type];
  readonly status?: HttpStatus;
  readonly body?: boolean;
  /** Whether it takes an access token, and no API key instead. */
  readonly session?: boolean;
  readonly refuses?: readonly ErrorCode[];
}

/** The status and the documentation of an operation of this contract. */
export function Operation(options: OperationOptions): MethodDecorator {
  const { summary, description, answers, body, session, refuses = [] } = options;
  const status = options.status ?? (answers ? HttpStatus.OK : HttpStatus.NO_CONTENT);
  const guarded: ErrorCode[] = session ? [...GUARDED, 'session_required'] : [];
  const codes: ErrorCode[] = ['invalid_request', ...(body ? BODY : []), ...guarded, ...refuses, ...ALWAYS];
  return applyDecorators(
    HttpCode(status),
    ApiOperation({ summary, description }),
    ApiResponse({ status, description: summary, ...(answers && { type: answers }) }),
    documentRefusals(presentApiV1Error, ApiV1ErrorBody, codes),
    ...(session ? [ApiBearerAuth('bearer')] : []),
  );
}
