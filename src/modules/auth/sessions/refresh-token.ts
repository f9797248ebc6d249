import { createHash, hkdfSync, randomBytes } from 'node:crypto';

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

/**
 * Seals a token's successor so that only whoever holds the token itself can open it: the successor is masked with 32
 * bytes derived from the token (HKDF, RFC 5869). A token has one successor, so no mask is ever used twice.
 */
export function sealSuccessor(successor: string, token: string): Buffer {
  return mask(Buffer.from(successor, 'base64url'), token);
}

export function unsealSuccessor(sealed: Buffer, token: string): string {
  return mask(sealed, token).toString('base64url');
}

function mask(bytes: Buffer, token: string): Buffer {
  const key = Buffer.from(hkdfSync('sha256', token, '', 'stagedoor refresh token successor', RANDOM_BYTES));
  return Buffer.from(bytes.map((byte, i) => byte ^ (key[i] ?? 0)));
}
