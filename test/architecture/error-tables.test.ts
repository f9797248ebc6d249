import { STATUS_CODES } from 'node:http';
import { describe, expect, it } from 'vitest';
import { CONTRACTS } from '../../src/app.contracts.js';
import { DomainError } from '../../src/common/domain-error.js';
import { ERROR_CODES, type ErrorCode } from '../../src/common/error-codes.js';
import { ERROR_STATUS } from '../../src/http/output/error-status.js';

const text = expect.stringMatching(/\S/);

/** The exact shape of every error of a contract that answers with `status`. */
const SHAPES: Readonly<Record<string, (status: number, fields: boolean, taken?: string) => object>> = {
  api: (status, fields, taken) => ({
    statusCode: status,
    message: fields ? ['name is too long', 'size is no number'] : text,
    error: STATUS_CODES[status],
    code: expect.stringMatching(/^[a-z]+(_[a-z]+)*$/),
    ...(fields && {
      errors: [
        { field: 'name', code: 'too_long', max: 9, message: 'Enter at most 9 characters' },
        { field: 'size', code: 'type', message: 'size is no number' },
      ],
    }),
    ...(taken && { errors: [{ field: taken, code: 'taken', message: text }] }),
  }),
  'api-v1': () => ({ error: text }),
  v1: (_, fields, taken) => ({
    success: false,
    error: {
      code: expect.stringMatching(/^[A-Z]+(_[A-Z]+)*$/),
      message: text,
      ...(fields && {
        details: [
          { field: 'name', code: 'too_long', max: 9, message: 'name is too long' },
          { field: 'size', code: 'type', message: 'size is no number' },
        ],
      }),
      ...(taken && { details: [{ field: taken, code: 'taken', message: text }] }),
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

/** The field that a conflict names. */
const TAKEN: Readonly<Partial<Record<ErrorCode, string>>> = {
  email_taken: 'email',
  username_taken: 'username',
  isrc_taken: 'isrc',
  identifier_taken: 'identifiers',
};

const FROM_CORE = { message: 'Written by the core' };

describe.each(CONTRACTS.map((contract) => [contract.name, contract] as const))('the errors of %s', (name, contract) => {
  it('have a shape that this test knows', () => {
    expect(SHAPES[name]).toBeTypeOf('function');
  });

  it.each(ERROR_CODES)('answer %s in the contract’s own shape, with the status that every contract uses', (code) => {
    const { status, body } = contract.presentError(new DomainError(code, FROM_CORE));
    expect(status).toBe(ERROR_STATUS[code]);
    expect(body).toEqual(SHAPES[name](status, false, TAKEN[code]));
  });

  it.each(ERROR_CODES)('contain the documented word for %s in the documented field', (code) => {
    const { body } = contract.presentError(new DomainError(code));
    expect(body).toHaveProperty(contract.errorField, contract.errorWords[code]);
  });

  it('list every invalid field with its own message', () => {
    const fields = [
      { field: 'name', code: 'too_long', max: 9, message: 'name is too long', hint: 'Enter at most 9 characters' },
      { field: 'size', code: 'type', message: 'size is no number' },
    ] as const;
    const { status, body } = contract.presentError(new DomainError('invalid_request', { fields }));
    expect(body).toEqual(SHAPES[name](status, true));
    for (const { message } of fields) expect(JSON.stringify(body)).toContain(message);
  });

  it.each(ERROR_CODES)('never show the cause of %s', (code) => {
    const cause = new Error('SELECT secret FROM users');
    const { body } = contract.presentError(new DomainError(code, { ...FROM_CORE, cause, retryAfterSeconds: 7 }));
    expect(JSON.stringify(body)).not.toMatch(/SELECT|secret|stack|cause/);
  });

  it('reveal an unknown username only in the contract that logs in by username alone', () => {
    const unknown = contract.presentError(new DomainError('invalid_credentials', { reason: 'unknown_username' }));
    const wrong = contract.presentError(new DomainError('invalid_credentials'));
    if (name === 'api-v1') expect(unknown.body).toEqual({ error: 'User not found' });
    else expect(unknown).toEqual(wrong);
  });
});

describe('the codes of the data feed', () => {
  it('are unique, but for the published one of an API key that is missing or wrong', () => {
    const { errorWords } = CONTRACTS.find(({ name }) => name === 'feed') as (typeof CONTRACTS)[number];
    const shared = ERROR_CODES.filter((code) =>
      ERROR_CODES.some((o) => o !== code && errorWords[o] === errorWords[code]),
    );
    expect(shared).toEqual(['api_key_required', 'invalid_api_key']);
  });
});

describe('the status of an error', () => {
  it('is a client error, but for those of the server and of what is not configured', () => {
    const isServers = (code: ErrorCode): boolean => ERROR_STATUS[code] >= 500;
    expect(ERROR_CODES.filter(isServers)).toEqual([
      'mail_not_configured',
      'passkeys_not_configured',
      'overloaded',
      'service_unavailable',
      'internal_error',
    ]);
    for (const code of ERROR_CODES) expect(STATUS_CODES[ERROR_STATUS[code]]).toBeDefined();
  });
});
