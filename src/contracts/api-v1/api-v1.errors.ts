import { DomainError } from '../../common/domain-error.js';
import { DEFAULT_MESSAGES, ERROR_CODES, type ErrorCode } from '../../common/error-codes.js';
import type { Schema } from '../../http/docs/document-parts.js';
import type { PresentedError } from '../../http/output/contract.js';
import { ERROR_STATUS } from '../../http/output/error-status.js';

/** The one message for every request without valid credentials. */
const UNAUTHENTICATED = 'Authentication required';

/** The message of each error where this contract has its own, most of them published; null: the error's own. */
const OWN_MESSAGES: Readonly<Record<ErrorCode, string | null>> = {
  invalid_request: null,
  malformed_json: null,
  malformed_request: null,
  unsupported_media_type: null,
  not_acceptable: null,
  payload_too_large: null,
  uri_too_long: null,
  headers_too_large: null,
  request_timeout: null,
  route_not_found: null,
  invalid_code: null,
  authentication_required: UNAUTHENTICATED,
  invalid_token: UNAUTHENTICATED,
  api_key_required: UNAUTHENTICATED,
  invalid_api_key: UNAUTHENTICATED,
  invalid_credentials: 'Invalid credentials',
  invalid_refresh_token: 'Invalid or expired refresh token',
  second_factor_required: null,
  forbidden: null,
  session_required: null,
  insufficient_scope: null,
  artist_inactive: null,
  email_not_verified: null,
  reauthentication_required: 'Log in again',
  second_factor_setup_required: null,
  sign_up_closed: null,
  last_super_admin: null,
  user_not_found: null,
  artist_not_found: null,
  song_not_found: null,
  api_key_not_found: 'API key not found',
  session_not_found: null,
  passkey_not_found: null,
  email_taken: null,
  username_taken: null,
  isrc_taken: null,
  second_factor_exists: null,
  second_factor_required_by_policy: null,
  passkey_limit_reached: null,
  identifier_taken: null,
  artist_merged: null,
  precondition_failed: null,
  api_key_limit_reached: null,
  mail_not_configured: null,
  passkeys_not_configured: null,
  rate_limited: null,
  overloaded: null,
  service_unavailable: null,
  internal_error: null,
};

/** The default message of each error in this contract. */
export const API_V1_MESSAGES = Object.fromEntries(
  ERROR_CODES.map((code) => [code, OWN_MESSAGES[code] ?? DEFAULT_MESSAGES[code]]),
) as Record<ErrorCode, string>;

/** A message and nothing else. */
export interface ApiV1ErrorBody {
  readonly error: string;
}

/** What the published document answers to an unknown username. */
export const UNKNOWN_USERNAME = new DomainError('invalid_credentials', { reason: 'unknown_username' });

export function presentApiV1Error({ code, message, reason }: DomainError): PresentedError {
  const own = reason === 'unknown_username' ? 'User not found' : OWN_MESSAGES[code];
  const body: ApiV1ErrorBody = { error: own ?? message };
  return { status: ERROR_STATUS[code], body };
}

/** One schema for all: the message is for people, and the status says what went wrong. */
export function describeApiV1Errors(): Record<string, Schema> {
  const error: Schema = { type: 'string', description: 'What went wrong, for people.' };
  return { ApiV1ErrorBody: { type: 'object', required: ['error'], properties: { error } } };
}
