import { describe, expect, it } from 'vitest';
import { readBody, refusedFields } from '../../../../test/support/input.js';
import { NewPasswordField, PasswordField } from './password-fields.js';

class NewPassword {
  @NewPasswordField()
  password!: string;
}

class Password {
  @PasswordField()
  password!: string;
}

describe('NewPasswordField', () => {
  it.each([
    ['8 characters', 'Ab3-xyzw'],
    ['128 characters, spaces at the ends included', ` ${'🎸'.repeat(126)} `],
  ])('keeps %s unchanged', async (_, password) => {
    expect(await readBody(NewPassword, { password })).toEqual({ password });
  });

  it.each([
    ['7 characters', 'Ab3-xyz'],
    ['129 characters', `Ab3-${'xyzw'.repeat(31)}v`],
    ['a control character', 'Ab3-xyz\u0007abc'],
    ['a number', 12345678],
    ['null', null],
    ['no value', undefined],
  ])('refuses %s', async (_, password) => {
    expect(await refusedFields(NewPassword, { password })).toEqual(['password']);
  });
});

describe('PasswordField', () => {
  it.each([
    ['an empty string', ''],
    ['a control character', 'a\u0000b'],
    ['1,024 characters', '🎸'.repeat(1024)],
  ])('accepts %s', async (_, password) => {
    expect(await readBody(Password, { password })).toEqual({ password });
  });

  it.each([
    ['1,025 characters', 'x'.repeat(1025)],
    ['1,025 characters outside the basic plane', `${'🎸'.repeat(1024)}x`],
    ['a number', 7],
    ['null', null],
    ['an object', { $ne: '' }],
    ['no value', undefined],
  ])('refuses %s', async (_, password) => {
    expect(await refusedFields(Password, { password })).toEqual(['password']);
  });
});
