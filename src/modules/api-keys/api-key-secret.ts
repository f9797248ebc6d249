import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/*
 * An API key is `sk_live_`, 32 random letters or digits (190 bits), and the CRC-32 of all that in 6 more. The
 * checksum tells a mistyped or made-up key from a real one without asking the database, and lets secret scanners
 * report no false alarms.
 */

const PREFIX = 'sk_live_';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 32;
const CHECKSUM_LENGTH = 6;

/** What secret scanners may look for. */
export const API_KEY_PATTERN = /^sk_live_[0-9A-Za-z]{32}[0-9A-Za-z]{6}$/;

export function generateApiKey(): string {
  const body = PREFIX + randomBase62(RANDOM_LENGTH);
  return body + checksum(body);
}

const KEY_ID = /^key_[0-9A-Za-z]{20}$/;

/** The public name of a key. */
export function generateKeyId(): string {
  return `key_${randomBase62(20)}`;
}

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/** Whether a text has the form and the checksum of a key. Says nothing about whether the key exists. */
export function isWellFormedApiKey(text: string): boolean {
  if (!API_KEY_PATTERN.test(text)) return false;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return text.slice(-CHECKSUM_LENGTH) === checksum(body);
}

/** Whether a text is meant as a key, good or bad: so a key sent as a Bearer token is told from an access token. */
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
