/** The digits of Crockford's Base32 (https://www.crockford.com/base32.html). */
export const CROCKFORD_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const DIGITS = new RegExp(`^[${CROCKFORD_DIGITS}]*$`);

/**
 * The canonical form of a typed code of `length` digits; undefined if it is malformed. Ignores case, hyphens and spaces,
 * and reads O as 0, and I and L as 1.
 */
export function parseCrockford(typed: string, length: number): string | undefined {
  const letters = typed.replace(/[\s-]/g, '');
  // Checked before the conversion: some non-ASCII letters have ASCII capitals.
  if (letters.length !== length || !/^[0-9A-Za-z]*$/.test(letters)) return undefined;
  const code = letters.toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  return DIGITS.test(code) ? code : undefined;
}
