import { getSchemaPath } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { Schema } from '../../http/docs/document-parts.js';
import { errorName } from '../../http/docs/error-name.js';
import type { PresentedError } from '../../http/output/contract.js';
import { FieldErrorView, presentFieldError } from '../../http/output/field-error-view.js';
import { ERROR_STATUS } from '../../http/output/error-status.js';

/** What this contract calls each error. The words do not change. */
export const V1_ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'VALIDATION_ERROR',
  malformed_json: 'MALFORMED_JSON',
  malformed_request: 'MALFORMED_REQUEST',
  unsupported_media_type: 'UNSUPPORTED_MEDIA_TYPE',
  not_acceptable: 'NOT_ACCEPTABLE',
  payload_too_large: 'PAYLOAD_TOO_LARGE',
  uri_too_long: 'URI_TOO_LONG',
  headers_too_large: 'HEADERS_TOO_LARGE',
  request_timeout: 'REQUEST_TIMEOUT',
  route_not_found: 'NOT_FOUND',
  invalid_code: 'INVALID_CODE',
  authentication_required: 'AUTHENTICATION_REQUIRED',
  invalid_token: 'INVALID_TOKEN',
  api_key_required: 'INVALID_API_KEY',
  invalid_api_key: 'INVALID_API_KEY',
  invalid_credentials: 'INVALID_CREDENTIALS',
  invalid_refresh_token: 'INVALID_REFRESH_TOKEN',
  second_factor_required: 'SECOND_FACTOR_REQUIRED',
  forbidden: 'FORBIDDEN',
  session_required: 'FORBIDDEN',
  insufficient_scope: 'INSUFFICIENT_SCOPE',
  artist_inactive: 'ARTIST_INACTIVE',
  email_not_verified: 'EMAIL_NOT_VERIFIED',
  reauthentication_required: 'REAUTHENTICATION_REQUIRED',
  second_factor_setup_required: 'SECOND_FACTOR_SETUP_REQUIRED',
  sign_up_closed: 'SIGN_UP_CLOSED',
  last_super_admin: 'LAST_SUPER_ADMIN',
  user_not_found: 'NOT_FOUND',
  artist_not_found: 'NOT_FOUND',
  song_not_found: 'NOT_FOUND',
  api_key_not_found: 'NOT_FOUND',
  session_not_found: 'NOT_FOUND',
  passkey_not_found: 'NOT_FOUND',
  email_taken: 'EMAIL_ALREADY_EXISTS',
  username_taken: 'USERNAME_ALREADY_EXISTS',
  isrc_taken: 'ISRC_ALREADY_EXISTS',
  second_factor_exists: 'SECOND_FACTOR_EXISTS',
  second_factor_required_by_policy: 'SECOND_FACTOR_REQUIRED_BY_POLICY',
  passkey_limit_reached: 'PASSKEY_LIMIT_REACHED',
  identifier_taken: 'IDENTIFIER_ALREADY_EXISTS',
  artist_merged: 'ARTIST_MERGED',
  precondition_failed: 'PRECONDITION_FAILED',
  api_key_limit_reached: 'API_KEY_LIMIT_REACHED',
  mail_not_configured: 'MAIL_NOT_CONFIGURED',
  passkeys_not_configured: 'PASSKEYS_NOT_CONFIGURED',
  rate_limited: 'RATE_LIMITED',
  overloaded: 'OVERLOADED',
  service_unavailable: 'SERVICE_UNAVAILABLE',
  internal_error: 'INTERNAL_ERROR',
};

/** An error about a field. */
export class V1ErrorDetail extends FieldErrorView {}

export interface V1ErrorBody {
  readonly success: false;
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** The fields that are invalid or taken. */
    readonly details?: readonly V1ErrorDetail[];
  };
}

export function presentV1Error({ code, message, fields }: DomainError): PresentedError {
  const details = fields.map(presentFieldError);
  const body: V1ErrorBody = {
    success: false,
    error: { code: V1_ERROR_CODES[code], message, ...(details.length > 0 && { details }) },
  };
  return { status: ERROR_STATUS[code], body };
}

const DETAILS: Schema = {
  type: 'array',
  items: { $ref: getSchemaPath(V1ErrorDetail) },
  description: 'The fields that are invalid or taken. At most ten, and one with the code `more` for the others.',
};

const HAVE_DETAILS: readonly number[] = [ERROR_STATUS.invalid_request, ERROR_STATUS.email_taken];

/** One schema for each status. Only invalid input and conflicts have details. */
export function describeV1Errors(status: number, codes: readonly string[]): Record<string, Schema> {
  const hasDetails = HAVE_DETAILS.includes(status);
  const error: Schema = {
    type: 'object',
    required: ['code', 'message'],
    properties: {
      code: {
        type: 'string',
        enum: [...codes],
        description: 'What went wrong, for programs. The words do not change.',
      },
      message: { type: 'string', description: 'What went wrong, for people.' },
      ...(hasDetails && { details: DETAILS }),
    },
  };
  const success: Schema = { type: 'boolean', enum: [false] };
  const body: Schema = { type: 'object', required: ['success', 'error'], properties: { success, error } };
  return { [`V1${errorName(status)}`]: body };
}
