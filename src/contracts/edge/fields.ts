import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf } from 'class-validator';
import { isEmail } from '../../common/email.js';
import { LOGIN_PASSWORD_MAX, PASSWORD_MAX, PASSWORD_MIN } from '../../common/password-policy.js';
import { DEFAULT_SCOPES, SCOPES } from '../../common/principal.js';
import {
  codePointCount,
  collapseSpace,
  hasVisibleCharacter,
  isCleanText,
  isUuid,
  trimSpace,
} from '../../common/text.js';
import { canonicalNetwork } from '../../modules/api-keys/networks.js';
import { USERNAME, USERNAME_MAX, USERNAME_MIN } from '../../modules/users/username.js';

/*
 * One decorator a kind of field: what is accepted, what is said when it is not, and what the docs show are written
 * once, side by side. Every contract builds its bodies and queries from these.
 */

interface Presence {
  /** May be left out. */
  readonly optional?: boolean;
  /** May be null: the same as left out where something is made, cleared where something is changed. */
  readonly nullable?: boolean;
}

interface FieldRule extends Presence {
  /** Receives what was sent, after `normalize`. */
  readonly accepts: (value: unknown) => boolean;
  /** Follows the field's name: "must be …". Never repeats what was sent. */
  readonly otherwise: string;
  readonly normalize?: (value: unknown) => unknown;
  readonly docs: ApiPropertyOptions;
}

/** A field by its rule. The decorators below are for what is common; a contract may make one of its own. */
export function Field({
  accepts,
  otherwise,
  normalize,
  docs,
  optional = false,
  nullable = false,
}: FieldRule): PropertyDecorator {
  const decorators = [
    ValidateBy({ name: 'field', validator: { validate: accepts, defaultMessage: () => `$property ${otherwise}` } }),
    ApiProperty({ ...docs, required: !optional, ...(nullable && { nullable: true }) } as ApiPropertyOptions),
  ];
  if (normalize) decorators.push(Transform(({ value }) => normalize(value)));
  if (optional || nullable) {
    decorators.push(ValidateIf((_, value) => !((optional && value === undefined) || (nullable && value === null))));
  }
  return applyDecorators(...decorators);
}

/** Applies `change` to texts and leaves anything else to be refused. */
export function onText(change: (text: string) => string): (value: unknown) => unknown {
  return (value) => (typeof value === 'string' ? change(value) : value);
}

/** The same for each text of a list. */
function onTexts(change: (text: string) => string): (value: unknown) => unknown {
  return (value) => (Array.isArray(value) ? value.map(onText(change)) : value);
}

function isText(value: unknown, min: number, max: number): value is string {
  if (typeof value !== 'string' || value.length > max * 2) return false;
  const length = codePointCount(value);
  return length >= min && length <= max;
}

interface TextOptions extends Presence {
  readonly min?: number;
  readonly max: number;
  readonly description: string;
  readonly example: string;
}

/** Any text that a reader can see, trimmed, without control characters. Lengths in Unicode code points. */
export function TextField({ min = 1, max, description, example, ...presence }: TextOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(trimSpace),
    accepts: (value) => isText(value, min, max) && isCleanText(value) && hasVisibleCharacter(value),
    otherwise: `must be a text of ${min} to ${max} visible characters, without control characters`,
    docs: { type: String, minLength: min, maxLength: max, description, example },
  });
}

/** A whole name; runs of space in it become one. */
export function FullNameField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(collapseSpace),
    accepts: (value) => isText(value, 1, 101) && isCleanText(value) && hasVisibleCharacter(value),
    otherwise: 'must be a text of 1 to 101 visible characters, without control characters',
    docs: {
      type: String,
      minLength: 1,
      maxLength: 101,
      description: 'First and last name; the first space separates them.',
      example: 'John Doe',
    },
  });
}

export function EmailField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(trimSpace),
    accepts: (value) => typeof value === 'string' && isEmail(value),
    otherwise: 'must be an e-mail address',
    docs: {
      type: String,
      format: 'idn-email',
      maxLength: 254,
      description: 'An e-mail address. Its case does not matter; it is kept in lower case.',
      example: 'john@example.com',
    },
  });
}

export function UsernameField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText((text) => trimSpace(text).toLowerCase()),
    accepts: (value) => typeof value === 'string' && USERNAME.test(value),
    otherwise: `must be ${USERNAME_MIN} to ${USERNAME_MAX} of a-z 0-9 . _ - and begin and end with a letter or digit`,
    docs: {
      type: String,
      minLength: USERNAME_MIN,
      maxLength: USERNAME_MAX,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,28}[A-Za-z0-9]$',
      description: 'A username. Its case does not matter; it is kept in lower case.',
      example: 'john.doe',
    },
  });
}

const PHONE = /^\+[1-9]\d{6,14}$/;

export function PhoneField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(trimSpace),
    accepts: (value) => typeof value === 'string' && PHONE.test(value),
    otherwise: 'must be a phone number such as +12025550123: a plus sign and 7 to 15 digits',
    docs: {
      type: String,
      pattern: PHONE.source,
      description: 'A phone number in E.164 form.',
      example: '+12025550123',
    },
  });
}

/** A password that is chosen. The core refuses the easily guessed ones as well, and says why. */
export function NewPasswordField(): PropertyDecorator {
  return Field({
    accepts: (value) => isText(value, PASSWORD_MIN, PASSWORD_MAX) && isCleanText(value),
    otherwise: `must be ${PASSWORD_MIN} to ${PASSWORD_MAX} characters, without control characters`,
    docs: {
      type: String,
      format: 'password',
      minLength: PASSWORD_MIN,
      maxLength: PASSWORD_MAX,
      description: 'The password to be. Refused: the e-mail address, very common passwords, repeats and sequences.',
      example: 'quiet-Harbour-42',
    },
  });
}

/** A password that is shown at login: any text, right or wrong. */
export function PasswordField(): PropertyDecorator {
  return Field({
    accepts: (value) => isText(value, 0, LOGIN_PASSWORD_MAX),
    otherwise: `must be a text of at most ${LOGIN_PASSWORD_MAX} characters`,
    docs: {
      type: String,
      format: 'password',
      maxLength: LOGIN_PASSWORD_MAX,
      description: 'The password.',
      example: 'quiet-Harbour-42',
    },
  });
}

/** Any text: only the right one is of use, and which it is must not be told by its form. */
export function RefreshTokenField(presence: Presence = {}): PropertyDecorator {
  return Field({
    ...presence,
    accepts: (value) => typeof value === 'string',
    otherwise: 'must be a text: the refresh token of a login',
    docs: {
      type: String,
      description: 'The refresh token of a login.',
      example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
    },
  });
}

/** Somebody's id, to filter by. */
export function UserIdField({ description }: { readonly description: string }): PropertyDecorator {
  return Field({
    optional: true,
    normalize: onText(trimSpace),
    accepts: (value) => typeof value === 'string' && isUuid(value),
    otherwise: 'must be the id of a user',
    docs: { type: String, format: 'uuid', description, example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' },
  });
}

interface ChoiceOptions<T extends string> extends Presence {
  readonly enumName: string;
  readonly description: string;
  readonly example: T;
}

export function ChoiceField<T extends string>(
  choices: readonly T[],
  { enumName, description, example, ...presence }: ChoiceOptions<T>,
): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(trimSpace),
    accepts: (value) => choices.some((choice) => choice === value),
    otherwise: `must be one of ${choices.join(', ')}`,
    docs: { enum: [...choices], enumName, description, example },
  });
}

export function ScopesField(): PropertyDecorator {
  return Field({
    optional: true,
    nullable: true,
    normalize: onTexts(trimSpace),
    accepts: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      new Set(value).size === value.length &&
      value.every((scope) => SCOPES.some((known) => known === scope)),
    otherwise: `must be a list of different scopes of ${SCOPES.join(', ')}`,
    docs: {
      type: String,
      isArray: true,
      enum: [...SCOPES],
      enumName: 'Scope',
      minItems: 1,
      maxItems: SCOPES.length,
      uniqueItems: true,
      description: `What the key may do. Left out: ${DEFAULT_SCOPES.join(', ')}.`,
      example: [...DEFAULT_SCOPES],
    },
  });
}

const NETWORKS_MAX = 50;
const NETWORK_LENGTH_MAX = 50;

/** Networks that a key may be used from. */
export function NetworksField(): PropertyDecorator {
  return Field({
    optional: true,
    nullable: true,
    normalize: onTexts(trimSpace),
    accepts: (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.length <= NETWORKS_MAX &&
      value.every(
        (network) =>
          typeof network === 'string' &&
          network.length <= NETWORK_LENGTH_MAX &&
          canonicalNetwork(network) !== undefined,
      ),
    otherwise: `must be a list of 1 to ${NETWORKS_MAX} networks such as 203.0.113.0/24 or 2001:db8::/32`,
    docs: {
      type: 'array',
      items: { type: 'string', maxLength: NETWORK_LENGTH_MAX },
      minItems: 1,
      maxItems: NETWORKS_MAX,
      description:
        'The networks (CIDR) and addresses the key may be used from; from anywhere else it is answered 401. Left out: from anywhere.',
      example: ['203.0.113.0/24', '2001:db8::/32'],
    },
  });
}

// RFC 3339, as JavaScript and everybody else writes it: a full date, a time, and where that is.
const INSTANT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** An instant; arrives as a `Date`. */
export function InstantField({
  description,
  ...presence
}: Presence & { readonly description: string }): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onInstant,
    accepts: (value) => value instanceof Date && hasFourDigitYear(value),
    otherwise: 'must be an instant such as 2030-01-31T12:00:00Z',
    docs: { type: String, format: 'date-time', description, example: '2030-01-31T12:00:00.000Z' },
  });
}

function onInstant(value: unknown): unknown {
  const text = typeof value === 'string' ? trimSpace(value) : '';
  return INSTANT.test(text) && isCalendarDate(text.slice(0, 10)) ? new Date(text) : value;
}

/** Whether it can be told again as it came: an offset may carry the last day of the year 9999 beyond it. */
function hasFourDigitYear(instant: Date): boolean {
  const year = instant.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** A calendar date, `YYYY-MM-DD`. */
export function DateField({
  description,
  ...presence
}: Presence & { readonly description: string }): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onText(trimSpace),
    accepts: (value) => typeof value === 'string' && isCalendarDate(value),
    otherwise: 'must be a calendar date such as 2024-02-29',
    docs: { type: String, format: 'date', description, example: '2024-02-29' },
  });
}

function isCalendarDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // 30 February becomes 1 March instead of failing.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

interface IntegerOptions extends Presence {
  readonly min: number;
  readonly max: number;
  readonly description: string;
  readonly example: number;
}

/** A whole number in a body: a JSON number, no text. */
export function IntegerField({ min, max, description, example, ...presence }: IntegerOptions): PropertyDecorator {
  return Field({
    ...presence,
    accepts: (value) => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    otherwise: `must be a whole number from ${min} to ${max}`,
    docs: { type: 'integer', minimum: min, maximum: max, description, example },
  });
}

/** A whole number in a query, written in plain digits. Arrives as a number. */
export function QueryIntegerField(
  options: Omit<IntegerOptions, keyof Presence> & { readonly preset?: number },
): PropertyDecorator {
  const { min, max, description, example, preset } = options;
  return Field({
    optional: true,
    normalize: onText((text) => (/^(?:0|[1-9]\d{0,9})$/.test(text) ? (Number(text) as unknown as string) : text)),
    accepts: (value) => typeof value === 'number' && value >= min && value <= max,
    otherwise: `must be a whole number from ${min} to ${max}`,
    docs: {
      type: 'integer',
      minimum: min,
      maximum: max,
      description,
      example,
      ...(preset !== undefined && { default: preset }),
    },
  });
}
