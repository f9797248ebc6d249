import { STATUS_CODES } from 'node:http';
import { getSchemaPath } from '@nestjs/swagger';
import type { DomainError } from '../../common/domain-error.js';
import { ERROR_CODES, type ErrorCode } from '../../common/error-codes.js';
import type { FieldError } from '../../common/field-error.js';
import type { Schema } from '../../http/docs/document-parts.js';
import { errorName } from '../../http/docs/error-name.js';
import type { PresentedError } from '../../http/output/contract.js';
import { FieldErrorView, presentHint } from '../../http/output/field-error-view.js';
import { ERROR_STATUS } from '../../http/output/error-status.js';

/** This contract answers the code itself. */
export const API_ERROR_CODES = Object.fromEntries(ERROR_CODES.map((code) => [code, code])) as Record<
  ErrorCode,
  ErrorCode
>;

/** An error about a field, with a message to show beside it. */
export class ApiFieldError extends FieldErrorView {}

/** The error body of NestJS with a `code` added, and `errors` where fields are concerned. */
export interface ApiErrorBody {
  readonly statusCode: number;
  /** One string for each problem of invalid input. */
  readonly message: string | readonly string[];
  readonly error: string;
  readonly code: string;
  readonly errors?: readonly ApiFieldError[];
}

export function presentApiError({ code, message, fields }: DomainError): PresentedError {
  const status = ERROR_STATUS[code];
  const body: ApiErrorBody = {
    statusCode: status,
    message: code === 'invalid_request' && fields.length > 0 ? fields.map((field) => field.message) : message,
    error: STATUS_CODES[status] ?? 'Error',
    code: API_ERROR_CODES[code],
    ...presentFieldErrors(fields),
  };
  return { status, body };
}

/** Nothing where no field is concerned. */
export function presentFieldErrors(fields: readonly FieldError[]): Pick<ApiErrorBody, 'errors'> {
  return fields.length > 0 ? { errors: fields.map(presentHint) } : {};
}

const HAVE_FIELDS: readonly number[] = [ERROR_STATUS.invalid_request, ERROR_STATUS.email_taken];

const FIELD_ERRORS: Schema = {
  type: 'array',
  items: { $ref: getSchemaPath(ApiFieldError) },
  description:
    'The fields that are concerned: of invalid input each one, in the order of `message`, and of a conflict the one ' +
    'that is taken. At most ten, and one with the code `more` for the others.',
};

/** One schema for each status. Invalid input has another, since its messages are a list. */
export function describeApiErrors(status: number, codes: readonly string[]): Record<string, Schema> {
  const message: Schema = { type: 'string', description: 'What went wrong, for people.' };
  const body = bodySchema(status, codes, message);
  if (status !== ERROR_STATUS.invalid_request) return { [errorName(status)]: body };
  const messages: Schema = {
    type: 'array',
    items: { type: 'string' },
    description: 'What went wrong, for people: one string for each problem. Each begins with the name of its field.',
  };
  const validation = bodySchema(status, [API_ERROR_CODES.invalid_request], messages);
  return {
    ValidationError: { ...validation, required: [...(validation.required ?? []), 'errors'] },
    RequestError: body,
  };
}

function bodySchema(status: number, codes: readonly string[], message: Schema): Schema {
  return {
    type: 'object',
    required: ['statusCode', 'message', 'error', 'code'],
    properties: {
      statusCode: { type: 'integer', enum: [status], description: 'The HTTP status.' },
      message,
      error: { type: 'string', enum: [STATUS_CODES[status]], description: 'The reason phrase of the status.' },
      code: {
        type: 'string',
        enum: [...codes],
        description: 'What went wrong, for programs. The words do not change.',
      },
      ...(HAVE_FIELDS.includes(status) && { errors: FIELD_ERRORS }),
    },
  };
}
