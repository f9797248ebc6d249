import { createHash, randomBytes } from 'node:crypto';
import { SecretSeal } from '../../common/secret-seal.js';

const RANDOM_BYTES = 32;

/** An opaque string of 256 random bits. */
export function generateRefreshToken(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}

/** What is stored of a refresh token: with 256 random bits it needs no slow hash. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const REFRESH_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Whether a string has the form of a refresh token. Does not tell whether the token exists. */
export function isWellFormedRefreshToken(text: string): boolean {
  return REFRESH_TOKEN.test(text);
}

/** Seals the successor of a rotated token, so that only the rotated token opens it; `APP_SECRET` does not. */
export function sealSuccessor(successor: string, token: string, sessionId: string): Buffer {
  return new SecretSeal(token).seal(Buffer.from(successor, 'base64url'), sessionId);
}

/** @throws when it was sealed under another token or for another session */
export function openSuccessor(sealed: Buffer, token: string, sessionId: string): string {
  return new SecretSeal(token).open(sealed, sessionId).plain.toString('base64url');
}
