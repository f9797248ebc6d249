import { describe, expect, it } from 'vitest';
import { fieldErrors } from '../../../../test/support/input.js';
import { EmailField, PhoneField, UsernameField } from './account-fields.js';
import { NetworksField, ScopesField } from './api-key-fields.js';
import { BooleanField } from './boolean-field.js';
import { AliasesField, IdentifiersField, IsrcField } from './catalogue-fields.js';
import { ChoiceField } from './choice-field.js';
import { DateField, InstantField } from './date-fields.js';
import { IntegerField } from './integer-fields.js';
import { NewPasswordField, PasswordField } from './password-fields.js';
import { TextField } from './text-fields.js';

const SHOWN = { description: 'For a test.' };

class Form {
  @EmailField()
  email!: string;

  @TextField({ ...SHOWN, min: 2, max: 9, example: 'John' })
  firstName!: string;

  @NewPasswordField()
  newPassword!: string;
}

class Details {
  @UsernameField({ optional: true })
  username?: string;

  @PhoneField({ optional: true, nullable: true })
  phone?: string | null;

  @PasswordField({ optional: true })
  password?: string;

  @ChoiceField(['red', 'blue'], { ...SHOWN, optional: true, enumName: 'Color', example: 'red' })
  color?: string;

  @IntegerField({ ...SHOWN, optional: true, min: 1, max: 5, example: 2 })
  stars?: number;

  @BooleanField({ ...SHOWN, optional: true, example: true })
  isLive?: boolean;

  @DateField({ ...SHOWN, optional: true })
  day?: string;

  @InstantField({ ...SHOWN, optional: true })
  until?: Date;

  @ScopesField()
  scopes?: string[];

  @NetworksField()
  networks?: string[];

  @AliasesField()
  aliases?: string[];

  @IdentifiersField('artist')
  identifiers?: object[];

  @IsrcField()
  isrc?: string;
}

const VALID = { email: 'john@example.com', firstName: 'John', newPassword: 'quiet-Harbour-42' };

describe('the error about a field', () => {
  it.each([undefined, null, ''])('is `required` where the field is needed and the value is %j', async (value) => {
    expect(await fieldErrors(Form, { ...VALID, email: value })).toEqual([
      {
        field: 'email',
        code: 'required',
        message: 'email must be an e-mail address',
        hint: 'Enter an e-mail address, such as john@example.com',
      },
    ]);
  });

  it.each([
    ['email', 'not an address', { code: 'format' }],
    ['email', `${'x'.repeat(250)}@example.com`, { code: 'too_long', max: 254 }],
    ['email', 7, { code: 'type' }],
    ['firstName', 'J', { code: 'too_short', min: 2 }],
    ['firstName', 'John-Jacob', { code: 'too_long', max: 9 }],
    ['firstName', 'Jo\nhn', { code: 'invalid_characters' }],
    ['firstName', '\u200b\u200b', { code: 'invalid_characters' }],
    ['newPassword', 'Ab3-xyz', { code: 'too_short', min: 8 }],
    ['newPassword', 'Ab3-'.repeat(33), { code: 'too_long', max: 128 }],
    ['newPassword', 'Ab3-xyz\u0007', { code: 'invalid_characters' }],
    ['newPassword', 'Password1', { code: 'too_common' }],
    ['newPassword', 'xyxyxyxyxy', { code: 'too_simple' }],
    ['newPassword', 'john@example.com', { code: 'same_as_email' }],
  ])('says what is wrong with %s: %j', async (field, value, problem) => {
    expect(await fieldErrors(Form, { ...VALID, [field]: value })).toEqual([
      expect.objectContaining({ field, ...problem }),
    ]);
  });

  it.each([
    ['username', null, { code: 'type' }],
    ['username', '', { code: 'too_short', min: 3 }],
    ['username', '-abc', { code: 'format' }],
    ['phone', '12025550123', { code: 'format' }],
    ['password', 'x'.repeat(1025), { code: 'too_long', max: 1024 }],
    ['color', 'green', { code: 'not_allowed', allowed: ['red', 'blue'] }],
    ['stars', 0, { code: 'too_small', min: 1 }],
    ['stars', 6, { code: 'too_large', max: 5 }],
    ['stars', '2', { code: 'type' }],
    ['isLive', 'yes', { code: 'type' }],
    ['day', '2023-02-29', { code: 'format' }],
    ['until', '2023-02-29T00:00:00Z', { code: 'format' }],
    ['until', '9999-12-31T23:59:59-01:00', { code: 'format' }],
    ['scopes', [], { code: 'too_short', min: 1 }],
    ['scopes', ['artists:read', 'artists:read'], { code: 'duplicate' }],
    ['scopes', ['root'], { code: 'not_allowed', allowed: expect.arrayContaining(['artists:read']) as unknown }],
    ['networks', Array(51).fill('192.0.2.1'), { code: 'too_long', max: 50 }],
    ['networks', ['here'], { code: 'format' }],
    ['aliases', ['x'.repeat(201)], { code: 'format' }],
    ['identifiers', 'isni', { code: 'type' }],
    ['identifiers', [{ type: 'isni', value: '0000000078387180' }], { code: 'check_digit' }],
    ['identifiers', [{ type: 'shelf', value: '7' }], { code: 'not_allowed' }],
    ['isrc', 'nonsense', { code: 'format' }],
  ])('says what is wrong with an optional %s: %j', async (field, value, problem) => {
    expect(await fieldErrors(Details, { [field]: value })).toEqual([expect.objectContaining({ field, ...problem })]);
  });

  it('has a sentence for the person at the form', async () => {
    const [error] = await fieldErrors(Form, { ...VALID, firstName: 'x'.repeat(10) });
    expect(error?.hint).toBe('Enter a first name of 2 to 9 characters');
  });

  it('is there for every field at once, also for a password that is easy to guess beside an address that is none', async () => {
    const errors = await fieldErrors(Form, { email: 'not an address', newPassword: 'Password1', extra: 1 });
    expect(errors.map(({ field, code }) => [field, code])).toEqual([
      ['extra', 'unknown_field'],
      ['email', 'format'],
      ['firstName', 'required'],
      ['newPassword', 'too_common'],
    ]);
  });
});
