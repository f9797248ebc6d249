import { dictionary } from '@zxcvbn-ts/language-common';
import type { FieldProblem } from './field-error.js';
import { codePointCount, isCleanText } from './text.js';

/** In Unicode code points. A password is never truncated. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;
/** The longest password that a login checks, in Unicode code points; the policy does not apply there. */
export const LOGIN_PASSWORD_MAX = 1024;

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map(String));
// One to three characters, repeated.
const REPEAT = /^(.{1,3}?)\1+$/su;

/** Why a password may not be chosen. */
export interface PasswordProblem extends FieldProblem {
  /** After the name of the field: "must …". */
  readonly message: string;
  readonly hint: string;
}

/**
 * Why this password may not be chosen; undefined when it may. There are no composition rules (NIST SP 800-63B-4, section
 * 3.1.1.2): only what an attacker tries first is rejected.
 */
export function passwordProblem(password: string, email: string): PasswordProblem | undefined {
  const length = codePointCount(password);
  if (length < PASSWORD_MIN) return TOO_SHORT;
  if (length > PASSWORD_MAX) return TOO_LONG;
  if (!isCleanText(password)) return INVALID_CHARACTERS;
  // The form that is hashed: fullwidth letters spell common passwords too.
  const folded = password.normalize('NFKC').toLowerCase();
  const address = email.toLowerCase();
  if (folded === address || folded === address.slice(0, address.lastIndexOf('@'))) return SAME_AS_EMAIL;
  if (COMMON.has(folded)) return TOO_COMMON;
  if (REPEAT.test(folded)) return REPEATED;
  if (isSequence(folded)) return SEQUENCE;
  return undefined;
}

const TOO_SHORT: PasswordProblem = {
  code: 'too_short',
  min: PASSWORD_MIN,
  message: `must have at least ${PASSWORD_MIN} characters`,
  hint: `Enter at least ${PASSWORD_MIN} characters`,
};
const TOO_LONG: PasswordProblem = {
  code: 'too_long',
  max: PASSWORD_MAX,
  message: `must have at most ${PASSWORD_MAX} characters`,
  hint: `Enter at most ${PASSWORD_MAX} characters`,
};
const INVALID_CHARACTERS: PasswordProblem = {
  code: 'invalid_characters',
  message: 'must not contain control characters',
  hint: 'Remove the control characters',
};
const SAME_AS_EMAIL: PasswordProblem = {
  code: 'same_as_email',
  message: 'must not be your e-mail address or the part before its @',
  hint: 'Choose a password other than your e-mail address',
};
const TOO_COMMON: PasswordProblem = {
  code: 'too_common',
  message: 'is one of the most common; choose another',
  hint: 'This password is one of the most common; choose another',
};
const REPEATED: PasswordProblem = {
  code: 'too_simple',
  message: 'must not be a few characters repeated',
  hint: 'Choose a password that does not repeat a few characters',
};
const SEQUENCE: PasswordProblem = {
  code: 'too_simple',
  message: 'must not be a simple sequence',
  hint: 'Choose a password that is not a simple sequence',
};

/** Whether every character is the successor (or predecessor) of the one before, such as `abcdefgh`. 0 follows 9. */
function isSequence(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const runs = (step: 1 | -1): boolean =>
    points.every((point, i) => {
      const before = points[i - 1];
      if (before === undefined || point === before + step) return true;
      return step === 1 ? before === 0x39 && point === 0x30 : before === 0x30 && point === 0x39;
    });
  return runs(1) || runs(-1);
}
