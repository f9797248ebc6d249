/*
 * A code is 60 bits in Crockford's Base32 (https://www.crockford.com/base32.html), shown in three groups of four.
 * Parsing ignores case, hyphens and spaces, and reads O as 0, and I and L as 1.
 */

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 12;
const WELL_FORMED = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** The first 60 bits of `bytes` as a code in canonical form, which is 12 characters. */
export function encodeCode(bytes: Buffer): string {
  const bits = bytes.readBigUInt64BE() >> 4n;
  return Array.from({ length: LENGTH }, (_, i) => {
    const shift = BigInt(5 * (LENGTH - 1 - i));
    return ALPHABET.charAt(Number((bits >> shift) & 31n));
  }).join('');
}

/** `XXXX-XXXX-XXXX` */
export function showCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`;
}

/** The canonical form of a typed code; undefined if it is malformed. */
export function parseCode(typed: string): string | undefined {
  const letters = typed.replace(/[\s-]/g, '');
  // Checked before the conversion: some non-ASCII letters have ASCII capitals.
  if (!/^[0-9A-Za-z]*$/.test(letters)) return undefined;
  const code = letters.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return WELL_FORMED.test(code) ? code : undefined;
}
