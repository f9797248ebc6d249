/** Why a hash is refused. The message is public: it never repeats the hash. */
export class UnusableHash extends Error {}

/** Whether a password is the one that was hashed. */
export type PasswordTest = (password: string) => Promise<boolean>;

/** A hash that cost its maker enough to be stored as it is. */
export interface SlowHash {
  /** Its one spelling, for the database. */
  readonly stored: string;
  readonly matches: PasswordTest;
}

/** Bytes. A shorter hash would be matched by other passwords too; no library makes a longer one. */
const HASH_MIN = 16;
const HASH_MAX = 128;
const SALT_MAX = 128;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const WHOLE_NUMBER = /^[1-9][0-9]{0,9}$/;

/**
 * Bytes in the standard alphabet of base64 (RFC 4648, section 4), with or without padding.
 * @throws UnusableHash for anything else, non-zero trailing bits included
 */
export function base64Bytes(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const padded = bytes.toString('base64');
  if (!BASE64.test(text) || (text !== padded && text !== padded.replace(/=+$/, ''))) {
    throw new UnusableHash(`The ${what} is not valid base64`);
  }
  return bytes;
}

export function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}

/** @throws UnusableHash */
export function hashBytes(text: string): Buffer {
  return checkedHash(base64Bytes(text, 'hash'));
}

/** @throws UnusableHash */
export function checkedHash(hash: Buffer): Buffer {
  if (hash.length < HASH_MIN || hash.length > HASH_MAX) {
    throw new UnusableHash(`The hash must have ${HASH_MIN} to ${HASH_MAX} bytes`);
  }
  return hash;
}

/** @throws UnusableHash */
export function saltBytes(text: string, min = 1): Buffer {
  return checkedSalt(text === '' ? Buffer.alloc(0) : base64Bytes(text, 'salt'), min);
}

/** @throws UnusableHash */
export function checkedSalt(salt: Buffer, min = 1): Buffer {
  if (salt.length < min || salt.length > SALT_MAX) {
    throw new UnusableHash(`The salt must have ${min} to ${SALT_MAX} bytes`);
  }
  return salt;
}

/**
 * Reads `ln=14,r=8,p=1`: exactly these names in this order, each a whole number from 1.
 * @throws UnusableHash
 */
export function parameters<Name extends string>(text: string, names: readonly Name[]): Record<Name, number> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const isWhole =
    pairs.length === names.length &&
    pairs.every((pair, i) => pair.length === 2 && pair[0] === names[i] && WHOLE_NUMBER.test(pair[1] ?? ''));
  if (!isWhole) throw new UnusableHash(`The parameters must be ${names.map((name) => `${name}=number`).join(',')}`);
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)])) as Record<Name, number>;
}

/** @throws UnusableHash for text that is no whole number from 1 */
export function wholeNumber(text: string, what: string): number {
  if (!WHOLE_NUMBER.test(text)) throw new UnusableHash(`The ${what} must be a whole number from 1`);
  return Number(text);
}

/** @throws UnusableHash for a hash that would take too long, or too much memory, to verify */
export function atMost(value: number, max: number, what: string): void {
  if (value > max) throw new UnusableHash(`The ${what} is above ${max}`);
}

/** The fields between the dollar signs, if there are as many. @throws UnusableHash */
export function fieldsOf(text: string, count: number): readonly string[] {
  const fields = text.split('$');
  if (fields.length !== count) throw new UnusableHash('The hash has the wrong number of fields');
  return fields;
}
