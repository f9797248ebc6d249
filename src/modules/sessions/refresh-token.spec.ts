import { describe, expect, it } from 'vitest';
import { SecretSeal } from '../../common/secret-seal.js';
import { generateRefreshToken, isWellFormedRefreshToken, openSuccessor, sealSuccessor } from './refresh-token.js';

describe('a refresh token', () => {
  it('is well formed, and never the same twice', () => {
    const tokens = Array.from({ length: 100 }, generateRefreshToken);
    expect(tokens.every(isWellFormedRefreshToken)).toBe(true);
    expect(new Set(tokens).size).toBe(100);
  });
});

describe('the sealed successor of a refresh token', () => {
  const [token, successor, other] = [generateRefreshToken(), generateRefreshToken(), generateRefreshToken()];
  const sealed = sealSuccessor(successor, token, 'session-1');

  it('is opened by the token', () => {
    expect(openSuccessor(sealed, token, 'session-1')).toBe(successor);
  });

  it('is not opened by another token, nor for another session', () => {
    expect(() => openSuccessor(sealed, other, 'session-1')).toThrow();
    expect(() => openSuccessor(sealed, token, 'session-2')).toThrow();
  });

  it('is not opened by APP_SECRET', () => {
    expect(() => new SecretSeal('the APP_SECRET of the server').open(sealed, 'session-1')).toThrow();
  });

  it('does not contain the successor', () => {
    expect(sealed.includes(Buffer.from(successor, 'base64url'))).toBe(false);
  });
});
