import { HttpException } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { databaseFault } from '../../database/sql-state.js';

/** Seconds a client should wait for a database that went away to be back. */
const DATABASE_RETRY_SECONDS = 5;

const MALFORMED = ['malformed_request', 'The request is malformed'] as const;
const NO_ROUTE = ['route_not_found', 'There is nothing at this path and method'] as const;

/** What the framework's own refusals mean, by status. */
const FRAMEWORK_REFUSALS: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: MALFORMED,
  // Only who serves files refuses so, for a path that leads out of their folder.
  403: NO_ROUTE,
  404: NO_ROUTE,
  406: ['not_acceptable', 'This media type cannot be answered'],
  408: ['request_timeout', 'The request took too long to arrive'],
  413: ['payload_too_large', 'The body is larger than 102400 bytes'],
  414: ['uri_too_long', 'The address is too long'],
  431: ['headers_too_large', 'All headers together are larger than 16384 bytes'],
  415: ['unsupported_media_type', 'The body must be JSON in UTF-8: Content-Type: application/json'],
};

/** Brings whatever was thrown into the core's words. Nothing of a library's or the database's text gets through. */
export function toDomainError(exception: unknown): DomainError {
  if (exception instanceof DomainError) return exception;
  const fault = databaseFault(exception);
  if (fault === 'bad_value') {
    return new DomainError('invalid_request', 'A value is malformed or out of range', { cause: exception });
  }
  if (fault !== undefined) {
    const wait = { cause: exception, retryAfterSeconds: DATABASE_RETRY_SECONDS };
    return new DomainError('service_unavailable', 'The service is not available at this moment; try again', wait);
  }
  const status = statusOf(exception) ?? 500;
  const refusal = FRAMEWORK_REFUSALS[status] ?? (status >= 400 && status < 500 ? MALFORMED : undefined);
  if (refusal) return new DomainError(...refusal, { cause: exception });
  return new DomainError('internal_error', 'Something went wrong on our side', { cause: exception });
}

function statusOf(exception: unknown): number | undefined {
  if (exception instanceof HttpException) return exception.getStatus();
  if (typeof exception !== 'object' || exception === null || !('statusCode' in exception)) return undefined;
  return typeof exception.statusCode === 'number' ? exception.statusCode : undefined;
}
