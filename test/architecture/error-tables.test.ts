import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { DomainError } from '../../src/common/domain-error.js';
import { ERROR_CODES } from '../../src/common/error-codes.js';

const text = expect.stringMatching(/\S/);

/** What every refusal of a contract looks like, nothing more and nothing less. `status` is the one it answers with. */
const SHAPES: Readonly<Record<string, (status: number, fields: boolean) => object>> = {
  api: (status, fields) => ({
    statusCode: status,
    message: fields ? ['name is too long', 'size is no number'] : text,
    error: STATUS_CODES[status],
    code: expect.stringMatching(/^[a-z]+(_[a-z]+)*$/),
  }),
  'api-v1': () => ({ error: text }),
  v1: (_, fields) => ({
    success: false,
    error: {
      code: expect.stringMatching(/^[A-Z]+(_[A-Z]+)*$/),
      message: text,
      ...(fields && {
        details: [
          { field: 'name', message: 'name is too long' },
          { field: 'size', message: 'size is no number' },
        ],
      }),
    },
  }),
  feed: (status, fields) => {
    const fault = (message: unknown): object => ({
      error_code: expect.stringMatching(/^\d{5}$/),
      error_type: STATUS_CODES[status],
      message,
    });
    return {
      error: {
        errors: fields ? [fault('name is too long'), fault('size is no number')] : [fault(text)],
        code: status,
        message: STATUS_CODES[status],
      },
    };
  },
};

/** What everybody means by these words, in every dialect. */
const STATUSES = new Map<string, number>([
  ['invalid_request', 400],
  ['malformed_json', 400],
  ['malformed_request', 400],
  ['route_not_found', 404],
  ['not_acceptable', 406],
  ['request_timeout', 408],
  ['payload_too_large', 413],
  ['uri_too_long', 414],
  ['headers_too_large', 431],
  ['unsupported_media_type', 415],
  ['authentication_required', 401],
  ['invalid_token', 401],
  ['api_key_required', 401],
  ['invalid_api_key', 401],
  ['invalid_credentials', 401],
  ['unknown_username', 401],
  ['invalid_refresh_token', 401],
  ['forbidden', 403],
  ['session_required', 403],
  ['insufficient_scope', 403],
  ['artist_inactive', 403],
  ['user_not_found', 404],
  ['artist_not_found', 404],
  ['song_not_found', 404],
  ['api_key_not_found', 404],
  ['session_not_found', 404],
  ['email_taken', 409],
  ['username_taken', 409],
  ['isrc_taken', 409],
  ['api_key_limit_reached', 409],
  ['last_super_admin', 409],
  ['rate_limited', 429],
  ['overloaded', 503],
  ['service_unavailable', 503],
  ['internal_error', 500],
]);

describe.each(CONTRACTS.map((contract) => [contract.name, contract] as const))(
  'the refusals of %s',
  (name, contract) => {
    it('have a shape that is written down here', () => {
      expect(SHAPES[name]).toBeTypeOf('function');
    });

    it.each(ERROR_CODES)('answer %s with its status, in the contract’s own shape', (code) => {
      const { status, body } = contract.presentError(new DomainError(code, 'Said by the core'));
      expect(status).toBe(STATUSES.get(code));
      expect(body).toEqual(SHAPES[name](status, false));
    });

    it('name every faulty field, each in its own words', () => {
      const fields = [
        { field: 'name', message: 'name is too long' },
        { field: 'size', message: 'size is no number' },
      ];
      const message = fields.map((fault) => fault.message).join('; ');
      const { status, body } = contract.presentError(new DomainError('invalid_request', message, { fields }));
      expect(body).toEqual(SHAPES[name](status, true));
      for (const fault of fields) expect(JSON.stringify(body)).toContain(fault.message);
    });

    it.each(ERROR_CODES)('never show the cause of %s', (code) => {
      const cause = new Error('SELECT secret FROM users');
      const { body } = contract.presentError(
        new DomainError(code, 'Said by the core', { cause, retryAfterSeconds: 7 }),
      );
      expect(JSON.stringify(body)).not.toMatch(/SELECT|secret|stack|cause/);
    });

    it('tell an unknown username apart at the contract that logs in by username alone', () => {
      const unknown = contract.presentError(new DomainError('unknown_username', 'User not found'));
      const wrong = contract.presentError(new DomainError('invalid_credentials', 'Invalid credentials'));
      if (name === 'api-v1') expect(unknown.body).toEqual({ error: 'User not found' });
      else expect(unknown).toEqual(wrong);
    });
  },
);
