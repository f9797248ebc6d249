import { dictionary } from '@zxcvbn-ts/language-common';
import { codePointCount, isCleanText } from './text.js';

/** Code points, not bytes: nothing is ever cut off. */
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;
/** A login takes any text up to this length; it is simply right or wrong. */
export const LOGIN_PASSWORD_MAX = 1024;

const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].map(String));
// One to three characters over and over.
const REPEAT = /^(.{1,3}?)\1+$/su;

/**
 * Why a password may not be chosen, or undefined when it may. No composition rule and no score (NIST SP 800-63B-4,
 * section 3.1.1.2): it is refused only for what a guesser tries first.
 */
export function passwordFault(password: string, email: string): string | undefined {
  const length = codePointCount(password);
  if (length < PASSWORD_MIN) return `password must have at least ${PASSWORD_MIN} characters`;
  if (length > PASSWORD_MAX) return `password must have at most ${PASSWORD_MAX} characters`;
  if (!isCleanText(password)) return 'password must not hold control characters';
  const folded = password.toLowerCase();
  const address = email.toLowerCase();
  if (folded === address || folded === address.slice(0, address.lastIndexOf('@'))) {
    return 'password must not be your e-mail address or its first part';
  }
  if (COMMON.has(folded)) return 'password is one of the most common ones; choose another';
  if (REPEAT.test(folded)) return 'password must not repeat the same few characters';
  if (isSequence(folded)) return 'password must not be a simple sequence';
  return undefined;
}

/** Every character the one after (or before) the last, such as `abcdefgh` or `98765432`; from 9 it goes on with 0. */
function isSequence(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const goes = (step: 1 | -1): boolean =>
    points.every((point, i) => {
      const before = points[i - 1];
      if (before === undefined || point === before + step) return true;
      return step === 1 ? before === 0x39 && point === 0x30 : before === 0x30 && point === 0x39;
    });
  return goes(1) || goes(-1);
}
