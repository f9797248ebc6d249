import { HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { PresentedError } from '../contract.js';

const ERRORS: Record<ErrorCode, { status: number; code: string }> = {
  invalid_request: { status: HttpStatus.BAD_REQUEST, code: 'VALIDATION_ERROR' },
  malformed_json: { status: HttpStatus.BAD_REQUEST, code: 'MALFORMED_JSON' },
  malformed_request: { status: HttpStatus.BAD_REQUEST, code: 'MALFORMED_REQUEST' },
  unsupported_media_type: { status: HttpStatus.UNSUPPORTED_MEDIA_TYPE, code: 'UNSUPPORTED_MEDIA_TYPE' },
  not_acceptable: { status: HttpStatus.NOT_ACCEPTABLE, code: 'NOT_ACCEPTABLE' },
  payload_too_large: { status: HttpStatus.PAYLOAD_TOO_LARGE, code: 'PAYLOAD_TOO_LARGE' },
  uri_too_long: { status: HttpStatus.URI_TOO_LONG, code: 'URI_TOO_LONG' },
  headers_too_large: { status: 431, code: 'HEADERS_TOO_LARGE' },
  request_timeout: { status: HttpStatus.REQUEST_TIMEOUT, code: 'REQUEST_TIMEOUT' },
  route_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  authentication_required: { status: HttpStatus.UNAUTHORIZED, code: 'AUTHENTICATION_REQUIRED' },
  invalid_token: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_TOKEN' },
  api_key_required: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_API_KEY' },
  invalid_api_key: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_API_KEY' },
  invalid_credentials: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_CREDENTIALS' },
  unknown_username: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_CREDENTIALS' },
  invalid_refresh_token: { status: HttpStatus.UNAUTHORIZED, code: 'INVALID_REFRESH_TOKEN' },
  forbidden: { status: HttpStatus.FORBIDDEN, code: 'FORBIDDEN' },
  session_required: { status: HttpStatus.FORBIDDEN, code: 'FORBIDDEN' },
  insufficient_scope: { status: HttpStatus.FORBIDDEN, code: 'INSUFFICIENT_SCOPE' },
  artist_inactive: { status: HttpStatus.FORBIDDEN, code: 'ARTIST_INACTIVE' },
  last_super_admin: { status: HttpStatus.CONFLICT, code: 'LAST_SUPER_ADMIN' },
  user_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  artist_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  song_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  api_key_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  session_not_found: { status: HttpStatus.NOT_FOUND, code: 'NOT_FOUND' },
  email_taken: { status: HttpStatus.CONFLICT, code: 'EMAIL_ALREADY_EXISTS' },
  username_taken: { status: HttpStatus.CONFLICT, code: 'USERNAME_ALREADY_EXISTS' },
  isrc_taken: { status: HttpStatus.CONFLICT, code: 'ISRC_ALREADY_EXISTS' },
  api_key_limit_reached: { status: HttpStatus.CONFLICT, code: 'API_KEY_LIMIT_REACHED' },
  rate_limited: { status: HttpStatus.TOO_MANY_REQUESTS, code: 'RATE_LIMITED' },
  overloaded: { status: HttpStatus.SERVICE_UNAVAILABLE, code: 'OVERLOADED' },
  service_unavailable: { status: HttpStatus.SERVICE_UNAVAILABLE, code: 'SERVICE_UNAVAILABLE' },
  internal_error: { status: HttpStatus.INTERNAL_SERVER_ERROR, code: 'INTERNAL_ERROR' },
};

export class V1ErrorDetail {
  @ApiProperty({ example: 'email' })
  field!: string;

  @ApiProperty({ example: 'email must be an e-mail address' })
  message!: string;
}

export class V1Error {
  @ApiProperty({ description: 'What was wrong, for programs. Does not change.', example: 'INVALID_CREDENTIALS' })
  code!: string;

  @ApiProperty({ description: 'What was wrong, for people.', example: 'Invalid credentials' })
  message!: string;

  @ApiProperty({
    type: () => V1ErrorDetail,
    isArray: true,
    required: false,
    description: 'The fields that were refused, where it is about fields.',
  })
  details?: readonly V1ErrorDetail[];
}

export class V1ErrorBody {
  @ApiProperty({ enum: [false], example: false })
  success!: false;

  @ApiProperty({ type: () => V1Error })
  error!: V1Error;
}

export function presentV1Error(error: DomainError): PresentedError {
  const { status, code } = ERRORS[error.code];
  // Only a contract that logs in by username tells an unknown one apart.
  const message = error.code === 'unknown_username' ? 'Invalid credentials' : error.message;
  const details = error.fields.map((fault) => ({ field: fault.field, message: fault.message }));
  const body: V1ErrorBody = { success: false, error: { code, message, ...(details.length > 0 && { details }) } };
  return { status, body };
}
