import { randomInt } from 'node:crypto';
import { CROCKFORD_DIGITS, parseCrockford } from '../../common/crockford.js';

/*
 * A recovery code is 50 random bits in Crockford's Base32, shown in two groups of five.
 */

const LENGTH = 10;

/** A new code in canonical form. */
export function generateRecoveryCode(): string {
  return Array.from({ length: LENGTH }, () => CROCKFORD_DIGITS.charAt(randomInt(CROCKFORD_DIGITS.length))).join('');
}

/** `XXXXX-XXXXX` */
export function showRecoveryCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** The canonical form of a typed code; undefined if it is malformed. */
export function parseRecoveryCode(typed: string): string | undefined {
  return parseCrockford(typed, LENGTH);
}
