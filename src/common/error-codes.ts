import { API_KEYS_PER_USER_MAX, BODY_LIMIT, HEADERS_LIMIT, PASSKEYS_PER_USER_MAX, URL_LIMIT } from './limits.js';

/**
 * Every error that the core or the HTTP layer can answer, with its default message. The messages are public. The list
 * is closed: the tables of statuses and of each contract's own words are `Record<ErrorCode, …>`, so a new code does not
 * compile until all of them answer it.
 */
export const DEFAULT_MESSAGES = {
  // the request itself
  invalid_request: 'The request is invalid',
  malformed_json: 'The body is not valid JSON',
  malformed_request: 'The request is malformed',
  unsupported_media_type: 'The body must be JSON encoded as UTF-8 (Content-Type: application/json)',
  not_acceptable: 'None of the media types in the Accept header is available',
  payload_too_large: `The body is larger than ${BODY_LIMIT} bytes`,
  uri_too_long: `The URL is longer than ${URL_LIMIT} characters`,
  headers_too_large: `The headers are larger than ${HEADERS_LIMIT} bytes in total`,
  request_timeout: 'The request took too long to arrive',
  route_not_found: 'No route matches this method and path',
  invalid_code: 'The code is invalid, expired or already used; request a new one',
  // authentication
  authentication_required: 'Authentication required',
  invalid_token: 'The access token is invalid, expired or revoked',
  api_key_required: 'API key invalid or not provided.',
  invalid_api_key: 'API key invalid or not provided.',
  invalid_credentials: 'Invalid credentials',
  invalid_refresh_token: 'Invalid or expired refresh token',
  second_factor_required: 'Second factor required',
  // authorization
  forbidden: 'Your role does not allow this operation',
  session_required: 'This operation requires an access token; an API key is not accepted',
  insufficient_scope: 'The API key does not have the required scope',
  artist_inactive: 'The artist is inactive; only an admin can reactivate it',
  email_not_verified: 'Verify your e-mail address first',
  reauthentication_required: 'Confirm your password again first',
  second_factor_setup_required: 'Set up a second factor first',
  sign_up_closed: 'Sign-up is by invitation only',
  last_super_admin: 'The last active SUPER_ADMIN cannot be removed, demoted or suspended',
  // missing resources
  user_not_found: 'User not found',
  artist_not_found: 'Artist not found',
  song_not_found: 'Song not found',
  api_key_not_found: 'API key not found',
  session_not_found: 'Session not found',
  passkey_not_found: 'Passkey not found',
  // conflicts
  email_taken: 'This e-mail address is already registered',
  username_taken: 'This username is already taken',
  isrc_taken: 'Another song of the same owner already has this ISRC',
  identifier_taken: 'Another artist or song of the same owner already has this identifier',
  artist_merged: 'The artist was merged into another one; use the id of that artist',
  precondition_failed: 'The resource has changed since you read it; read it again',
  second_factor_exists: 'An authenticator app is already set up; remove it first',
  second_factor_required_by_policy: 'Your role requires a second factor; the last one cannot be removed',
  passkey_limit_reached: `You already have the maximum of ${PASSKEYS_PER_USER_MAX} passkeys; remove one first`,
  api_key_limit_reached: `You already have the maximum of ${API_KEYS_PER_USER_MAX} API keys; delete one first`,
  // capacity and failures
  mail_not_configured: 'This server is not configured to send mail',
  passkeys_not_configured: 'This server is not configured for passkeys',
  rate_limited: 'Too many attempts; try again later',
  overloaded: 'The server is busy; try again shortly',
  service_unavailable: 'The service is temporarily unavailable; try again',
  internal_error: 'Something went wrong on our side',
} as const;

export type ErrorCode = keyof typeof DEFAULT_MESSAGES;

export const ERROR_CODES = Object.keys(DEFAULT_MESSAGES) as ErrorCode[];
