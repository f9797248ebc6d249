import { STATUS_CODES } from 'node:http';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Schema } from '../../http/docs/document-parts.js';
import { errorName } from '../../http/docs/error-name.js';
import type { PresentedError } from '../../http/output/contract.js';
import { JSON_MEDIA_TYPE } from '../../http/output/media-type.interceptor.js';
import { ERROR_STATUS } from '../../http/output/error-status.js';

/** The media type of the published document's data calls. */
export const FEED_MEDIA_TYPE = 'application/vnd.luminate-data.svc-apibff.v1+json';
/** In order of preference. */
export const FEED_MEDIA_TYPES: readonly string[] = [JSON_MEDIA_TYPE, FEED_MEDIA_TYPE];

/** The only body of this contract is that of the login. */
const UNSUPPORTED_BODY =
  'The body must be a form or JSON, encoded as UTF-8 (Content-Type: application/x-www-form-urlencoded or application/json)';

/** The code of each error: five digits that do not change. `00018` is the published document's; the others are ours. */
export const FEED_ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: '00001',
  malformed_json: '00002',
  malformed_request: '00003',
  unsupported_media_type: '00004',
  not_acceptable: '00005',
  payload_too_large: '00006',
  uri_too_long: '00007',
  request_timeout: '00008',
  route_not_found: '00009',
  invalid_code: '00011',
  headers_too_large: '00010',
  authentication_required: '00016',
  invalid_token: '00017',
  api_key_required: '00018',
  invalid_api_key: '00018',
  invalid_credentials: '00019',
  invalid_refresh_token: '00020',
  second_factor_required: '00021',
  forbidden: '00030',
  session_required: '00031',
  insufficient_scope: '00032',
  artist_inactive: '00033',
  last_super_admin: '00034',
  email_not_verified: '00035',
  reauthentication_required: '00036',
  sign_up_closed: '00037',
  second_factor_setup_required: '00038',
  user_not_found: '00040',
  artist_not_found: '00041',
  song_not_found: '00042',
  api_key_not_found: '00043',
  session_not_found: '00044',
  passkey_not_found: '00045',
  email_taken: '00050',
  username_taken: '00051',
  isrc_taken: '00052',
  api_key_limit_reached: '00053',
  second_factor_exists: '00054',
  second_factor_required_by_policy: '00055',
  passkey_limit_reached: '00056',
  identifier_taken: '00057',
  artist_merged: '00058',
  precondition_failed: '00059',
  rate_limited: '00060',
  overloaded: '00061',
  service_unavailable: '00062',
  internal_error: '00063',
  mail_not_configured: '00064',
  passkeys_not_configured: '00065',
};

interface FeedErrorEntry {
  readonly error_code: string;
  readonly error_type: string;
  readonly message: string;
}

export interface FeedErrorBody {
  readonly error: { readonly errors: readonly FeedErrorEntry[]; readonly code: number; readonly message: string };
}

export function presentFeedError({ code, message, fields }: DomainError): PresentedError {
  const status = ERROR_STATUS[code];
  const phrase = STATUS_CODES[status] ?? 'Error';
  const own = code === 'unsupported_media_type' ? UNSUPPORTED_BODY : message;
  const messages = fields.length > 0 ? fields.map((field) => field.message) : [own];
  const errors = messages.map((text) => ({ error_code: FEED_ERROR_CODES[code], error_type: phrase, message: text }));
  const body: FeedErrorBody = { error: { errors, code: status, message: phrase } };
  return { status, body };
}

/** One schema for each status. */
export function describeFeedErrors(status: number, codes: readonly string[]): Record<string, Schema> {
  const phrase: Schema = {
    type: 'string',
    enum: [STATUS_CODES[status]],
    description: 'The reason phrase of the status.',
  };
  const entry: Schema = {
    type: 'object',
    required: ['error_code', 'error_type', 'message'],
    properties: {
      error_code: {
        type: 'string',
        enum: [...codes],
        description: 'What went wrong, for programs. The codes do not change.',
      },
      error_type: phrase,
      message: { type: 'string', description: 'What went wrong, for people.' },
    },
  };
  const error: Schema = {
    type: 'object',
    required: ['errors', 'code', 'message'],
    properties: {
      errors: { type: 'array', items: entry, description: 'One entry for each problem.' },
      code: { type: 'integer', enum: [status], description: 'The HTTP status.' },
      message: phrase,
    },
  };
  const body: Schema = { type: 'object', required: ['error'], properties: { error } };
  return { [`Feed${errorName(status)}`]: body };
}
