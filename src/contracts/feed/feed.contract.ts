import { STATUS_CODES } from 'node:http';
import { HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { PresentedError } from '../contract.js';

/** The media type that the published document asks for on data calls. */
export const FEED_MEDIA_TYPE = 'application/vnd.luminate-data.svc-apibff.v1+json';

interface Answer {
  readonly status: number;
  /** Five digits. Does not change. */
  readonly code: string;
}

/** Every error code of the feed. `00018` is the published document's; the others are ours. */
const ERRORS: Record<ErrorCode, Answer> = {
  invalid_request: { status: HttpStatus.BAD_REQUEST, code: '00001' },
  malformed_json: { status: HttpStatus.BAD_REQUEST, code: '00002' },
  malformed_request: { status: HttpStatus.BAD_REQUEST, code: '00003' },
  unsupported_media_type: { status: HttpStatus.UNSUPPORTED_MEDIA_TYPE, code: '00004' },
  not_acceptable: { status: HttpStatus.NOT_ACCEPTABLE, code: '00005' },
  payload_too_large: { status: HttpStatus.PAYLOAD_TOO_LARGE, code: '00006' },
  uri_too_long: { status: HttpStatus.URI_TOO_LONG, code: '00007' },
  request_timeout: { status: HttpStatus.REQUEST_TIMEOUT, code: '00008' },
  route_not_found: { status: HttpStatus.NOT_FOUND, code: '00009' },
  headers_too_large: { status: 431, code: '00010' },
  authentication_required: { status: HttpStatus.UNAUTHORIZED, code: '00016' },
  invalid_token: { status: HttpStatus.UNAUTHORIZED, code: '00017' },
  api_key_required: { status: HttpStatus.UNAUTHORIZED, code: '00018' },
  invalid_api_key: { status: HttpStatus.UNAUTHORIZED, code: '00018' },
  invalid_credentials: { status: HttpStatus.UNAUTHORIZED, code: '00019' },
  unknown_username: { status: HttpStatus.UNAUTHORIZED, code: '00019' },
  invalid_refresh_token: { status: HttpStatus.UNAUTHORIZED, code: '00020' },
  forbidden: { status: HttpStatus.FORBIDDEN, code: '00030' },
  session_required: { status: HttpStatus.FORBIDDEN, code: '00031' },
  insufficient_scope: { status: HttpStatus.FORBIDDEN, code: '00032' },
  artist_inactive: { status: HttpStatus.FORBIDDEN, code: '00033' },
  last_super_admin: { status: HttpStatus.CONFLICT, code: '00034' },
  user_not_found: { status: HttpStatus.NOT_FOUND, code: '00040' },
  artist_not_found: { status: HttpStatus.NOT_FOUND, code: '00041' },
  song_not_found: { status: HttpStatus.NOT_FOUND, code: '00042' },
  api_key_not_found: { status: HttpStatus.NOT_FOUND, code: '00043' },
  session_not_found: { status: HttpStatus.NOT_FOUND, code: '00044' },
  email_taken: { status: HttpStatus.CONFLICT, code: '00050' },
  username_taken: { status: HttpStatus.CONFLICT, code: '00051' },
  isrc_taken: { status: HttpStatus.CONFLICT, code: '00052' },
  api_key_limit_reached: { status: HttpStatus.CONFLICT, code: '00053' },
  rate_limited: { status: HttpStatus.TOO_MANY_REQUESTS, code: '00060' },
  overloaded: { status: HttpStatus.SERVICE_UNAVAILABLE, code: '00061' },
  service_unavailable: { status: HttpStatus.SERVICE_UNAVAILABLE, code: '00062' },
  internal_error: { status: HttpStatus.INTERNAL_SERVER_ERROR, code: '00063' },
};

export class FeedFault {
  @ApiProperty({ pattern: '^\\d{5}$', description: 'What was wrong, for programs. Does not change.', example: '00018' })
  error_code!: string;

  @ApiProperty({ description: 'The reason phrase of the status.', example: 'Unauthorized' })
  error_type!: string;

  @ApiProperty({ description: 'What was wrong, for people.', example: 'API key invalid or not provided.' })
  message!: string;
}

export class FeedError {
  @ApiProperty({ type: () => FeedFault, isArray: true, description: 'One entry a fault.' })
  errors!: FeedFault[];

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 401 })
  code!: number;

  @ApiProperty({ description: 'The reason phrase of the status.', example: 'Unauthorized' })
  message!: string;
}

export class FeedErrorBody {
  @ApiProperty({ type: () => FeedError })
  error!: FeedError;
}

export function presentFeedError(error: DomainError): PresentedError {
  const { status, code } = ERRORS[error.code];
  const phrase = STATUS_CODES[status] ?? 'Error';
  // Only a contract that logs in by username tells an unknown one apart.
  const text = error.code === 'unknown_username' ? 'Invalid credentials' : error.message;
  const messages = error.fields.length > 0 ? error.fields.map((fault) => fault.message) : [text];
  const errors = messages.map((message) => ({ error_code: code, error_type: phrase, message }));
  const body: FeedErrorBody = { error: { errors, code: status, message: phrase } };
  return { status, body };
}

/** The table of codes for the docs. */
export function describeFeedCodes(): string {
  const byCode = new Map<string, string[]>();
  for (const [name, { code }] of Object.entries(ERRORS)) byCode.set(code, [...(byCode.get(code) ?? []), name]);
  return [...byCode]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([code, names]) => `\`${code}\` ${names.join(', ').replaceAll('_', ' ')}`)
    .join('; ');
}
