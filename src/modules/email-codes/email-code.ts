import { CROCKFORD_DIGITS, parseCrockford } from '../../common/crockford.js';

/*
 * A code is 60 bits in Crockford's Base32, shown in three groups of four.
 */

const LENGTH = 12;

/** The first 60 bits of `bytes` as a code in canonical form, which is 12 characters. */
export function encodeCode(bytes: Buffer): string {
  const bits = bytes.readBigUInt64BE() >> 4n;
  return Array.from({ length: LENGTH }, (_, i) => {
    const shift = BigInt(5 * (LENGTH - 1 - i));
    return CROCKFORD_DIGITS.charAt(Number((bits >> shift) & 31n));
  }).join('');
}

/** `XXXX-XXXX-XXXX` */
export function showCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`;
}

/** The canonical form of a typed code; undefined if it is malformed. */
export function parseCode(typed: string): string | undefined {
  return parseCrockford(typed, LENGTH);
}
