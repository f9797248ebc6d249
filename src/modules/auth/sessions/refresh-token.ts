import { createHash, randomBytes } from 'node:crypto';

const RANDOM_BYTES = 32;

/** An opaque text of 256 random bits. */
export function generateRefreshToken(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}

/** What is stored of it. So many random bits need no slow hash. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const REFRESH_TOKEN = /^[A-Za-z0-9_-]{43}$/;

export function isWellFormedRefreshToken(text: string): boolean {
  return REFRESH_TOKEN.test(text);
}
