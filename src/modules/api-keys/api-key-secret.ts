import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * An API key is `sk_live_`, 32 random letters and digits (190 bits), and the CRC-32 of all that in 6 more. The checksum
 * lets the server refuse a mistyped key without a query, and lets secret scanners avoid false positives.
 */

const PREFIX = 'sk_live_';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

/** The published pattern, for secret scanners. */
export const API_KEY_PATTERN = /^sk_live_[0-9A-Za-z]{32}[0-9A-Za-z]{6}$/;

export function generateApiKey(): string {
  const body = PREFIX + randomBase62(RANDOM_LENGTH);
  return body + checksum(body);
}

const KEY_ID = /^key_[0-9A-Za-z]{20}$/;

/** The public id of a key. */
export function generateKeyId(): string {
  return `key_${randomBase62(20)}`;
}

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/**
 * What may be stored and shown of a key, to recognize it by. The characters are of the checksum: knowing them leaves more
 * than 165 of the 190 bits.
 */
export function lastFourOf(key: string): string {
  return key.slice(-4);
}

/** Whether a string has the form and the checksum of a key. Does not tell whether the key exists. */
export function isWellFormedApiKey(text: string): boolean {
  if (!API_KEY_PATTERN.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return text.slice(-CHECKSUM_LENGTH) === checksum(body);
}

/** Tells an API key, valid or not, that was sent as a Bearer token from an access token. */
export function looksLikeApiKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62[randomInt(BASE62.length)]).join('');
}

function checksum(body: string): string {
  let rest = crc32(body);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
