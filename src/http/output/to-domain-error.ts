import { HttpException } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { PATH_PARAMETER_LIMIT } from '../../common/limits.js';
import { databaseErrorKind } from '../../database/sql-state.js';

/** Seconds that a client should wait for a lost database. */
const DATABASE_RETRY_SECONDS = 5;

/** What the framework's own errors mean, by status. */
const FRAMEWORK_ERRORS: Readonly<Record<number, ErrorCode>> = {
  // Only the static file server answers 403, for a path that leads out of its folder.
  403: 'route_not_found',
  404: 'route_not_found',
  406: 'not_acceptable',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
};

/** Translates whatever was thrown into a DomainError. No message of a library or the database gets through. */
export function toDomainError(exception: unknown): DomainError {
  if (exception instanceof DomainError) return exception;
  const failure = databaseErrorKind(exception);
  if (failure === 'bad_value') {
    return new DomainError('invalid_request', { message: 'A value is malformed or out of range', cause: exception });
  }
  if (failure !== undefined) {
    return new DomainError('service_unavailable', { retryAfterSeconds: DATABASE_RETRY_SECONDS, cause: exception });
  }
  const code = codeOf(statusOf(exception) ?? 500);
  // URLs that are too long do not get as far as the router, which refuses long parameters.
  const message = code === 'uri_too_long' ? PARAMETER_TOO_LONG : undefined;
  return new DomainError(code, { ...(message !== undefined && { message }), cause: exception });
}

const PARAMETER_TOO_LONG = `An id in the path is longer than ${PATH_PARAMETER_LIMIT} characters`;

function codeOf(status: number): ErrorCode {
  return FRAMEWORK_ERRORS[status] ?? (status >= 400 && status < 500 ? 'malformed_request' : 'internal_error');
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (typeof exception !== 'object' || exception === null || !('statusCode' in exception)) return undefined;
  return typeof exception.statusCode === 'number' ? exception.statusCode : undefined;
}
