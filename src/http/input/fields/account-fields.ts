import { Matches } from 'class-validator';
import { isEmail } from '../../../common/email.js';
import { trimSpace } from '../../../common/text.js';
import { USERNAME, USERNAME_MAX, USERNAME_MIN } from '../../../modules/users/username.js';
import { acceptsString, Field, onString, type Presence } from './field.js';
import { ofFormat, ofString } from './refusal.js';

const EMAIL_MAX = 254;

/** The shape of an address, for the documentation. JSON Schema's formats allow either less or nothing else. */
export const EMAIL_DOCS = { type: String, maxLength: EMAIL_MAX, pattern: '^[^@\\s]+@[^@\\s]+$' } as const;

export function EmailField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: acceptsString(isEmail),
    message: 'must be an e-mail address',
    hint: 'Enter an e-mail address, such as john@example.com',
    diagnose: ofString({ max: EMAIL_MAX }),
    docs: {
      ...EMAIL_DOCS,
      description: 'An e-mail address. Case does not matter; it is stored in lower case.',
      example: 'john@example.com',
    },
  });
}

export function UsernameField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString((text) => trimSpace(text).toLowerCase()),
    rule: (options) => Matches(USERNAME, options),
    message: `must be ${USERNAME_MIN} to ${USERNAME_MAX} of a-z 0-9 . _ - and begin and end with a letter or digit`,
    hint: `Enter ${USERNAME_MIN} to ${USERNAME_MAX} letters, digits, periods, underscores or hyphens, from a letter or digit to a letter or digit`,
    diagnose: ofString({ min: USERNAME_MIN, max: USERNAME_MAX }),
    docs: {
      type: String,
      minLength: USERNAME_MIN,
      maxLength: USERNAME_MAX,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,28}[A-Za-z0-9]$',
      description: 'A username. Case does not matter; it is stored in lower case.',
      example: 'john.doe',
    },
  });
}

const PHONE = /^\+[1-9]\d{6,14}$/;

export function PhoneField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: (options) => Matches(PHONE, options),
    message: 'must be a phone number such as +12025550123: a plus sign and 7 to 15 digits',
    hint: 'Enter a phone number with its country code, such as +12025550123',
    diagnose: ofFormat,
    docs: {
      type: String,
      pattern: PHONE.source,
      description: 'A phone number in E.164 format.',
      example: '+12025550123',
    },
  });
}
