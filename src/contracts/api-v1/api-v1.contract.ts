import { HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { PresentedError } from '../contract.js';

interface Answer {
  readonly status: number;
  /** The document's own words; absent: the core's. */
  readonly text?: string;
}

/** The one thing this contract says to everybody without a valid token. */
const UNAUTHENTICATED: Answer = { status: HttpStatus.UNAUTHORIZED, text: 'Authentication required' };

const ERRORS: Record<ErrorCode, Answer> = {
  invalid_request: { status: HttpStatus.BAD_REQUEST },
  malformed_json: { status: HttpStatus.BAD_REQUEST },
  malformed_request: { status: HttpStatus.BAD_REQUEST },
  unsupported_media_type: { status: HttpStatus.UNSUPPORTED_MEDIA_TYPE },
  not_acceptable: { status: HttpStatus.NOT_ACCEPTABLE },
  payload_too_large: { status: HttpStatus.PAYLOAD_TOO_LARGE },
  uri_too_long: { status: HttpStatus.URI_TOO_LONG },
  headers_too_large: { status: 431 },
  request_timeout: { status: HttpStatus.REQUEST_TIMEOUT },
  route_not_found: { status: HttpStatus.NOT_FOUND },
  authentication_required: UNAUTHENTICATED,
  invalid_token: UNAUTHENTICATED,
  api_key_required: UNAUTHENTICATED,
  invalid_api_key: UNAUTHENTICATED,
  invalid_credentials: { status: HttpStatus.UNAUTHORIZED, text: 'Invalid credentials' },
  unknown_username: { status: HttpStatus.UNAUTHORIZED, text: 'User not found' },
  invalid_refresh_token: { status: HttpStatus.UNAUTHORIZED, text: 'Invalid or expired refresh token' },
  forbidden: { status: HttpStatus.FORBIDDEN },
  session_required: { status: HttpStatus.FORBIDDEN },
  insufficient_scope: { status: HttpStatus.FORBIDDEN },
  artist_inactive: { status: HttpStatus.FORBIDDEN },
  last_super_admin: { status: HttpStatus.CONFLICT },
  user_not_found: { status: HttpStatus.NOT_FOUND },
  artist_not_found: { status: HttpStatus.NOT_FOUND },
  song_not_found: { status: HttpStatus.NOT_FOUND },
  api_key_not_found: { status: HttpStatus.NOT_FOUND, text: 'API key not found' },
  session_not_found: { status: HttpStatus.NOT_FOUND },
  email_taken: { status: HttpStatus.CONFLICT },
  username_taken: { status: HttpStatus.CONFLICT },
  isrc_taken: { status: HttpStatus.CONFLICT },
  api_key_limit_reached: { status: HttpStatus.CONFLICT },
  rate_limited: { status: HttpStatus.TOO_MANY_REQUESTS },
  overloaded: { status: HttpStatus.SERVICE_UNAVAILABLE },
  service_unavailable: { status: HttpStatus.SERVICE_UNAVAILABLE },
  internal_error: { status: HttpStatus.INTERNAL_SERVER_ERROR },
};

/** One text and nothing else. */
export class ApiV1ErrorBody {
  @ApiProperty({ description: 'What was wrong.', example: 'Invalid credentials' })
  error!: string;
}

export function presentApiV1Error(error: DomainError): PresentedError {
  const { status, text } = ERRORS[error.code];
  return { status, body: { error: text ?? error.message } satisfies ApiV1ErrorBody };
}
