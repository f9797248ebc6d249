/**
 * Every way the core or the edge can refuse a request. The list is closed: each contract maps every code to its own
 * status and words (`Record<ErrorCode, …>`), so a new one does not compile until all contracts have answered.
 */
export const ERROR_CODES = [
  // what was sent
  'invalid_request',
  'malformed_json',
  'malformed_request',
  'unsupported_media_type',
  'not_acceptable',
  'payload_too_large',
  'uri_too_long',
  'headers_too_large',
  'request_timeout',
  'route_not_found',
  // who is there
  'authentication_required',
  'invalid_token',
  'api_key_required',
  'invalid_api_key',
  'invalid_credentials',
  'unknown_username',
  'invalid_refresh_token',
  // what they may do
  'forbidden',
  'session_required',
  'insufficient_scope',
  'artist_inactive',
  'last_super_admin',
  // what is there
  'user_not_found',
  'artist_not_found',
  'song_not_found',
  'api_key_not_found',
  'session_not_found',
  // what is taken or full
  'email_taken',
  'username_taken',
  'isrc_taken',
  'api_key_limit_reached',
  // how we are
  'rate_limited',
  'overloaded',
  'service_unavailable',
  'internal_error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
