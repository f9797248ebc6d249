import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { STATUS_CODES } from 'node:http';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { PresentedError } from '../contract.js';
import { JSON_MEDIA_TYPE } from './media-type.interceptor.js';

/** What any call can meet, whatever it is for. */
export const ALWAYS: readonly ErrorCode[] = [
  'uri_too_long',
  'headers_too_large',
  'internal_error',
  'service_unavailable',
];
/** What a call with a body can meet. */
export const BODY: readonly ErrorCode[] = [
  'invalid_request',
  'malformed_json',
  'payload_too_large',
  'unsupported_media_type',
  'request_timeout',
];
/** What a guarded call can meet. */
export const GUARDED: readonly ErrorCode[] = [
  'authentication_required',
  'invalid_token',
  'invalid_api_key',
  // each API key has a rate of its own
  'rate_limited',
];

/** What each refusal typically says, for the examples in the docs. */
const SAMPLE_MESSAGES: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'email must be an e-mail address',
  malformed_json: 'The body is not valid JSON',
  payload_too_large: 'The body is larger than 102400 bytes',
  unsupported_media_type: 'The body must be JSON in UTF-8: Content-Type: application/json',
  uri_too_long: 'The address is too long',
  headers_too_large: 'All headers together are larger than 16384 bytes',
  request_timeout: 'The request took too long to arrive',
  authentication_required: 'Authentication required',
  invalid_token: 'The access token is invalid, expired, or was taken back',
  api_key_required: 'API key invalid or not provided.',
  invalid_api_key: 'API key invalid or not provided.',
  invalid_credentials: 'Invalid credentials',
  unknown_username: 'User not found',
  invalid_refresh_token: 'Invalid or expired refresh token',
  forbidden: 'Your role does not allow this',
  session_required: 'This needs a login; an API key does not allow it',
  insufficient_scope: 'This needs an API key with the scope artists:read',
  artist_inactive: 'This artist is inactive; only an admin can activate it again',
  last_super_admin: 'The last active SUPER_ADMIN cannot be removed, demoted or suspended',
  user_not_found: 'User not found',
  artist_not_found: 'Artist not found',
  song_not_found: 'Song not found',
  api_key_not_found: 'API key not found',
  session_not_found: 'Session not found',
  email_taken: 'This e-mail address is already registered',
  username_taken: 'This username is already taken',
  isrc_taken: 'Another song of this owner has this ISRC',
  api_key_limit_reached: 'You have 100 API keys, which is the most; delete one first',
  rate_limited: 'Too many attempts; try again in 60 seconds',
  overloaded: 'Too many logins at this moment; try again',
  service_unavailable: 'The service is not available at this moment; try again',
  internal_error: 'Something went wrong on our side',
};

/**
 * Documents refusals: one response a status, with the body that the contract itself makes of each code as an example,
 * so that the docs cannot say something else than the server. `mediaTypes` are those that the contract refuses in.
 */
export function documentRefusals(
  present: (error: DomainError) => PresentedError,
  model: Type,
  codes: readonly ErrorCode[],
  mediaTypes: readonly string[] = [JSON_MEDIA_TYPE],
): MethodDecorator & ClassDecorator {
  const byStatus = new Map<number, Record<string, { value: object }>>();
  for (const code of new Set(codes)) {
    const message = SAMPLE_MESSAGES[code] ?? 'The request is refused';
    const fields = code === 'invalid_request' ? [{ field: 'email', message }] : [];
    const { status, body } = present(new DomainError(code, message, { fields }));
    byStatus.set(status, { ...byStatus.get(status), [code]: { value: body } });
  }
  const schema = { $ref: getSchemaPath(model) };
  const responses = [...byStatus].map(([status, examples]) =>
    ApiResponse({
      status,
      description: `${STATUS_CODES[status]}: ${Object.keys(examples).join(', ')}`,
      headers: headersOf(status),
      content: Object.fromEntries(mediaTypes.map((type) => [type, { schema, examples }])),
    }),
  );
  return applyDecorators(ApiExtraModels(model), ...responses);
}

function headersOf(status: number): Record<string, { description: string; schema: { type: 'string' | 'integer' } }> {
  if (status === 401 || status === 403) {
    return { 'WWW-Authenticate': { description: 'RFC 6750', schema: { type: 'string' } } };
  }
  if (status === 429 || status === 503) {
    return { 'Retry-After': { description: 'Seconds after which to try again', schema: { type: 'integer' } } };
  }
  return {};
}
