import type { ErrorCode } from '../../common/error-codes.js';

/** Whether the same request can succeed when it is sent again. */
export type Retry = 'no' | 'refresh' | 'wait' | 'yes';

interface ErrorGuide {
  readonly meaning: string;
  readonly action: string;
  readonly retry: Retry;
}

/** What each error means to a client and what to do about it, for the page of errors. Markdown. */
export const ERROR_GUIDE: Readonly<Record<ErrorCode, ErrorGuide>> = {
  invalid_request: {
    meaning: 'A field or query parameter is missing, malformed, out of range or unknown.',
    action:
      'Show each of the `errors` beside its field and let the user correct it: see [Errors of fields](#errors-of-fields).',
    retry: 'no',
  },
  malformed_json: {
    meaning: 'The body is not JSON, or not UTF-8.',
    action: 'Serialize the body with a JSON library.',
    retry: 'no',
  },
  malformed_request: {
    meaning:
      'The request breaks HTTP: a URL or form that is not valid UTF-8, a missing or repeated `Host` header, or an ' +
      'unsupported `Expect` header.',
    action: 'Correct the client, or the proxy in front of the server.',
    retry: 'no',
  },
  unsupported_media_type: {
    meaning: 'The body is not labelled as JSON in UTF-8, or is compressed.',
    action: 'Send `Content-Type: application/json` and no `Content-Encoding`. Few operations accept a form as well.',
    retry: 'no',
  },
  not_acceptable: {
    meaning: 'The `Accept` header allows none of the media types that the operation can answer in.',
    action: 'Add `application/json` to the header, or leave it out.',
    retry: 'no',
  },
  payload_too_large: {
    meaning: 'The body is larger than the server reads.',
    action: 'Send less at a time.',
    retry: 'no',
  },
  uri_too_long: {
    meaning: 'The path and query are longer than the server reads.',
    action: 'Shorten the query.',
    retry: 'no',
  },
  headers_too_large: {
    meaning: 'The request line and headers are larger than the server reads.',
    action: 'Remove headers that are not needed, such as cookies.',
    retry: 'no',
  },
  request_timeout: {
    meaning: 'The request did not arrive in time.',
    action: 'Send it again.',
    retry: 'yes',
  },
  route_not_found: {
    meaning: 'No operation has this method and path.',
    action: 'Compare both with the API documentation at `/docs`.',
    retry: 'no',
  },
  invalid_code: {
    meaning: 'The code from a mail is unknown, expired, used, or meant for another purpose or account.',
    action: 'Ask the user to check the code, and offer to send a new one.',
    retry: 'no',
  },
  authentication_required: {
    meaning: 'The request carries no credentials.',
    action: 'Log in and send `Authorization: Bearer <access token>`; a server can send `x-api-key` instead.',
    retry: 'no',
  },
  invalid_token: {
    meaning:
      'The access token is malformed, expired or revoked, its account is not active, or it came without the API key ' +
      'that it is bound to.',
    action: 'Refresh the access token. If that fails too, log in.',
    retry: 'refresh',
  },
  api_key_required: {
    meaning: 'The operation requires an API key, and the request carries none.',
    action: 'Send the key as `x-api-key`.',
    retry: 'no',
  },
  invalid_api_key: {
    meaning:
      'The API key is unknown, expired or deleted, its account is not active, or it was used from a network that it ' +
      'does not allow.',
    action: 'Compare the key with the list of keys, or create a new one.',
    retry: 'no',
  },
  invalid_credentials: {
    meaning:
      'The account does not exist, the password is wrong, or the account is not active. The response is the same, ' +
      'except that `/api/v1` answers `User not found` for an unknown username where the operator has set ' +
      '`REVEAL_UNKNOWN_USERNAME=true`.',
    action: 'Ask the user to correct the input. Each attempt counts towards the rate limit.',
    retry: 'no',
  },
  invalid_refresh_token: {
    meaning: 'The refresh token is unknown, expired or revoked, or another one has replaced it.',
    action: 'Discard both tokens and log in.',
    retry: 'no',
  },
  second_factor_required: {
    meaning:
      'The password is right, and the account has an authenticator app: the code is missing, wrong, expired or already ' +
      'used.',
    action: 'Ask for the code of the app, or for a recovery code, and send the login again with it as `code`.',
    retry: 'no',
  },
  forbidden: {
    meaning: 'The role of the user does not allow the operation.',
    action: 'Offer the operation only to users with the role.',
    retry: 'no',
  },
  session_required: {
    meaning: 'API keys may not call this operation: it manages keys, sessions, profiles or roles.',
    action: 'Log in and send the access token.',
    retry: 'no',
  },
  insufficient_scope: {
    meaning: 'The API key does not have the scope that the operation requires.',
    action: 'Create a key with that scope.',
    retry: 'no',
  },
  artist_inactive: {
    meaning: 'The artist belongs to the user but is inactive.',
    action: 'Ask an admin to reactivate it.',
    retry: 'no',
  },
  email_not_verified: {
    meaning: 'The operation requires a verified e-mail address.',
    action: 'Ask the user for the code from the verification mail, then refresh the access token.',
    retry: 'no',
  },
  reauthentication_required: {
    meaning: 'The operation requires a login, or a confirmed password, of the last ten minutes.',
    action: 'Ask for the password, send it to `POST /api/auth/reauthenticate`, and repeat the request.',
    retry: 'no',
  },
  second_factor_setup_required: {
    meaning:
      'The role of the user requires a second factor (`SECOND_FACTOR_REQUIRED_FOR`), and the session was opened without ' +
      'one. Such a session adds no factor to one that the user has.',
    action:
      'Let the user set up an authenticator app or a passkey, or confirm the one they have with ' +
      '`POST /api/auth/reauthenticate`, then refresh the access token.',
    retry: 'no',
  },
  sign_up_closed: {
    meaning: 'The operator has closed sign-up: only invited people get an account.',
    action: 'Ask the operator for an invitation.',
    retry: 'no',
  },
  last_super_admin: {
    meaning:
      'The change would leave no active SUPER_ADMIN who can log in. One with a pending invitation does not count.',
    action: 'Grant the role to another user first, or wait until the invitation is accepted.',
    retry: 'no',
  },
  user_not_found: {
    meaning: 'No user has this id.',
    action: 'Reload the list of users.',
    retry: 'no',
  },
  artist_not_found: {
    meaning: 'No artist has this id, or it belongs to another user. The response is the same.',
    action: 'Reload the list of artists.',
    retry: 'no',
  },
  song_not_found: {
    meaning: 'No song has this id or ISRC, or it belongs to another user. The response is the same.',
    action: 'Reload the list of songs.',
    retry: 'no',
  },
  api_key_not_found: {
    meaning: 'The user has no API key with this `keyId`.',
    action: 'Reload the list of keys.',
    retry: 'no',
  },
  session_not_found: {
    meaning: 'The user has no session with this id; it may have ended already.',
    action: 'Reload the list of sessions.',
    retry: 'no',
  },
  passkey_not_found: {
    meaning: 'The user has no passkey with this id.',
    action: 'Reload the list of passkeys.',
    retry: 'no',
  },
  email_taken: {
    meaning: 'Another account has this e-mail address.',
    action: 'Log in to that account, or use another address.',
    retry: 'no',
  },
  username_taken: {
    meaning: 'Another account has this username, or it is reserved, such as `admin`.',
    action: 'Ask the user for another one.',
    retry: 'no',
  },
  isrc_taken: {
    meaning: 'Another song of the same owner has this ISRC.',
    action: 'Correct the ISRC, or update the existing song.',
    retry: 'no',
  },
  second_factor_exists: {
    meaning: 'The account already has an authenticator app.',
    action: 'Remove it first, to set up another one.',
    retry: 'no',
  },
  second_factor_required_by_policy: {
    meaning: 'The role of the user requires a second factor, and this is the last one of the account.',
    action: 'Set up another factor before this one is removed.',
    retry: 'no',
  },
  passkey_limit_reached: {
    meaning: 'The user has the maximum number of passkeys.',
    action: 'Remove a passkey that is no longer used.',
    retry: 'no',
  },
  identifier_taken: {
    meaning: 'Another artist or song of the same owner has this identifier. The message names it.',
    action: 'Correct the identifier, update the existing artist or song, or merge the two artists.',
    retry: 'no',
  },
  artist_merged: {
    meaning: 'The artist was merged into another one. Its id can still be read, but no longer changed.',
    action: 'Get the artist: the redirect leads to the one that it was merged into. Use that id.',
    retry: 'no',
  },
  precondition_failed: {
    meaning: 'The version in `If-Match` is no longer the current one: someone else made a change.',
    action: 'Get the resource again, and repeat the change on the new version.',
    retry: 'no',
  },
  api_key_limit_reached: {
    meaning: 'The user has the maximum number of API keys.',
    action: 'Delete a key that is no longer used.',
    retry: 'no',
  },
  mail_not_configured: {
    meaning: 'The operation sends mail, and the operator has not configured any.',
    action: 'Hide the operation, or ask an admin for a reset code.',
    retry: 'no',
  },
  passkeys_not_configured: {
    meaning: 'The operation concerns passkeys, and the operator has not configured any.',
    action: 'Hide the operation.',
    retry: 'no',
  },
  rate_limited: {
    meaning: 'There were too many attempts for this account, from this network or with this API key.',
    action: 'Wait for the seconds in `Retry-After`.',
    retry: 'wait',
  },
  overloaded: {
    meaning:
      'Too many logins, sign-ups and password changes are waiting to be processed, or too many imports are running.',
    action: 'Wait for the seconds in `Retry-After`.',
    retry: 'wait',
  },
  service_unavailable: {
    meaning: 'The server cannot reach its database.',
    action: 'Wait for the seconds in `Retry-After`. Before you repeat a write, check whether it took effect.',
    retry: 'wait',
  },
  internal_error: {
    meaning: 'Something unexpected happened in the server, which has logged it.',
    action: 'Report the `x-request-id` of the response to the operator.',
    retry: 'no',
  },
};
