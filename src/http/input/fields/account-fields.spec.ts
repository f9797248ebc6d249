import { describe, expect, it } from 'vitest';
import { readBody, refusedFields } from '../../../../test/support/input.js';
import { EmailField, PhoneField, UsernameField } from './account-fields.js';

const OPTIONAL = { optional: true, nullable: true };

class Account {
  @EmailField()
  email!: string;

  @UsernameField(OPTIONAL)
  username?: string | null;

  @PhoneField(OPTIONAL)
  phone?: string | null;
}

const email = 'ada@example.com';

describe('EmailField', () => {
  it('trims the address and keeps its case', async () => {
    expect(await readBody(Account, { email: '  Ada@Example.com ' })).toEqual({ email: 'Ada@Example.com' });
  });

  it.each([
    ['no @', 'john.example.com'],
    ['two @', 'john@doe@example.com'],
    ['a domain without a dot', 'john@localhost'],
    ['a quoted local part', '"john doe"@example.com'],
    ['an address literal', 'john@[192.0.2.1]'],
    ['an IPv4 domain', 'john@192.0.2.1'],
    ['a zero-width space', 'jo\u200bhn@example.com'],
    ['a bidi override', 'john\u202e@example.com'],
    ['a control character', 'john\u0001@example.com'],
    ['a space inside', 'john doe@example.com'],
    ['a lone surrogate', 'john\udc00@example.com'],
    ['a local part of 65 bytes', `${'x'.repeat(65)}@example.com`],
    ['255 characters', `${'x'.repeat(60)}@${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(60)}.example.com`],
    ['two dots', 'john..doe@example.com'],
    ['a display name', 'John <john@example.com>'],
    ['a list', ['john@example.com']],
    ['null', null],
    ['no value', undefined],
  ])('refuses %s', async (_, value) => {
    expect(await refusedFields(Account, { email: value })).toEqual(['email']);
  });
});

describe('UsernameField', () => {
  it('trims the name and lower-cases it', async () => {
    expect(await readBody(Account, { email, username: ' Ada.L ' })).toEqual({ email, username: 'ada.l' });
  });

  it.each([undefined, null, 'abc', 'x'.repeat(30), 'a-b_c.9'])('accepts %j', async (username) => {
    expect(await refusedFields(Account, { email, username })).toEqual([]);
  });

  it.each(['ab', 'x'.repeat(31), '-abc', 'abc.', 'a b c', 'josé', 'a@b', 'abc\u0000', '', 7])(
    'refuses %j',
    async (username) => {
      expect(await refusedFields(Account, { email, username })).toEqual(['username']);
    },
  );
});

describe('PhoneField', () => {
  it.each([undefined, null, '+1234567', '+123456789012345'])('accepts %j', async (phone) => {
    expect(await refusedFields(Account, { email, phone })).toEqual([]);
  });

  it.each(['+1', '+123456', '+1234567890123456', '+0123456789', '12025550123', '+1 202 555 0123', '', 1234567])(
    'refuses %j',
    async (phone) => {
      expect(await refusedFields(Account, { email, phone })).toEqual(['phone']);
    },
  );
});
