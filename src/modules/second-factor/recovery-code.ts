import { randomInt } from 'node:crypto';

/*
 * A recovery code is 50 random bits in Crockford's Base32 (https://www.crockford.com/base32.html), shown in two groups of
 * five. Parsing ignores case, hyphens and spaces, and reads O as 0, and I and L as 1.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;
const WELL_FORMED = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** A new code in canonical form. */
export function generateRecoveryCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

/** `XXXXX-XXXXX` */
export function showRecoveryCode(code: string): string {
  return `${code.slice(0, LENGTH / 2)}-${code.slice(LENGTH / 2)}`;
}

/** The canonical form of a typed code; undefined if it is malformed. */
export function parseRecoveryCode(typed: string): string | undefined {
  const letters = typed.replace(/[\s-]/g, '');
  // Checked before the conversion: some non-ASCII letters have ASCII capitals.
  if (!/^[0-9A-Za-z]*$/.test(letters)) return undefined;
  const code = letters.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return WELL_FORMED.test(code) ? code : undefined;
}
