import { STATUS_CODES } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { PresentedError } from '../contract.js';

/** The status of every refusal. The code itself is part of the answer. */
const STATUS: Record<ErrorCode, number> = {
  invalid_request: HttpStatus.BAD_REQUEST,
  malformed_json: HttpStatus.BAD_REQUEST,
  malformed_request: HttpStatus.BAD_REQUEST,
  unsupported_media_type: HttpStatus.UNSUPPORTED_MEDIA_TYPE,
  not_acceptable: HttpStatus.NOT_ACCEPTABLE,
  payload_too_large: HttpStatus.PAYLOAD_TOO_LARGE,
  uri_too_long: HttpStatus.URI_TOO_LONG,
  headers_too_large: 431,
  request_timeout: HttpStatus.REQUEST_TIMEOUT,
  route_not_found: HttpStatus.NOT_FOUND,
  authentication_required: HttpStatus.UNAUTHORIZED,
  invalid_token: HttpStatus.UNAUTHORIZED,
  api_key_required: HttpStatus.UNAUTHORIZED,
  invalid_api_key: HttpStatus.UNAUTHORIZED,
  invalid_credentials: HttpStatus.UNAUTHORIZED,
  unknown_username: HttpStatus.UNAUTHORIZED,
  invalid_refresh_token: HttpStatus.UNAUTHORIZED,
  forbidden: HttpStatus.FORBIDDEN,
  session_required: HttpStatus.FORBIDDEN,
  insufficient_scope: HttpStatus.FORBIDDEN,
  artist_inactive: HttpStatus.FORBIDDEN,
  last_super_admin: HttpStatus.CONFLICT,
  user_not_found: HttpStatus.NOT_FOUND,
  artist_not_found: HttpStatus.NOT_FOUND,
  song_not_found: HttpStatus.NOT_FOUND,
  api_key_not_found: HttpStatus.NOT_FOUND,
  session_not_found: HttpStatus.NOT_FOUND,
  email_taken: HttpStatus.CONFLICT,
  username_taken: HttpStatus.CONFLICT,
  isrc_taken: HttpStatus.CONFLICT,
  api_key_limit_reached: HttpStatus.CONFLICT,
  rate_limited: HttpStatus.TOO_MANY_REQUESTS,
  overloaded: HttpStatus.SERVICE_UNAVAILABLE,
  service_unavailable: HttpStatus.SERVICE_UNAVAILABLE,
  internal_error: HttpStatus.INTERNAL_SERVER_ERROR,
};

/** NestJS's error body with a stable word added. */
export class ApiErrorBody {
  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 404 })
  statusCode!: number;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    description: 'What was wrong, for people; one text a fault where the input was refused.',
    example: 'Artist not found',
  })
  message!: string | readonly string[];

  @ApiProperty({ description: 'The reason phrase of the status.', example: 'Not Found' })
  error!: string;

  @ApiProperty({ description: 'What was wrong, for programs. Does not change.', example: 'artist_not_found' })
  code!: string;
}

export function presentApiError(error: DomainError): PresentedError {
  const status = STATUS[error.code];
  // Only a contract that logs in by username tells an unknown one apart.
  const told =
    error.code === 'unknown_username' ? { code: 'invalid_credentials', message: 'Invalid credentials' } : error;
  const body: ApiErrorBody = {
    statusCode: status,
    message: error.fields.length > 0 ? error.fields.map((fault) => fault.message) : told.message,
    error: STATUS_CODES[status] ?? 'Error',
    code: told.code,
  };
  return { status, body };
}
