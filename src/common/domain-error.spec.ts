import { describe, expect, it } from 'vitest';
import { DomainError, rateLimited } from './domain-error.js';
import { DEFAULT_MESSAGES, ERROR_CODES } from './error-codes.js';

describe('DomainError', () => {
  it.each(ERROR_CODES)('has the default message of %s', (code) => {
    expect(new DomainError(code).message).toBe(DEFAULT_MESSAGES[code]);
  });

  it('has the message that is given instead of the default', () => {
    expect(new DomainError('invalid_request', { message: 'The body is too deep' }).message).toBe(
      'The body is too deep',
    );
  });

  it('joins the messages of its fields', () => {
    const fields = ['name', 'size'].map((field) => ({
      field,
      code: 'format' as const,
      message: `${field} is invalid`,
    }));
    expect(new DomainError('invalid_request', { fields }).message).toBe('name is invalid; size is invalid');
  });

  it.each([
    ['email_taken', 'email'],
    ['username_taken', 'username'],
    ['isrc_taken', 'isrc'],
    ['identifier_taken', 'identifiers'],
  ] as const)('names the field of %s', (code, field) => {
    const message = 'Someone has it';
    expect(new DomainError(code, { message }).fields).toEqual([{ field, code: 'taken', message }]);
  });

  it.each([
    [1, 'Too many attempts; try again in 1 second'],
    [60, 'Too many attempts; try again in 60 seconds'],
  ])('says after how many seconds to retry: %i', (seconds, message) => {
    expect(rateLimited(seconds)).toMatchObject({ message, retryAfterSeconds: seconds });
  });
});
