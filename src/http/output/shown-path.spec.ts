import { describe, expect, it } from 'vitest';
import { shownPath } from './shown-path.js';

describe('shownPath', () => {
  it.each([
    ['/api/users/me?token=s3cr3t#there', '/api/users/me'],
    ['/api/artists/0198c3b4-9d2e-7c31-8a55-2f6f0c1d9e77', '/api/artists/0198c3b4-9d2e-7c31-8a55-2f6f0c1d9e77'],
    [`/api/auth/keys/sk_live_${'a'.repeat(36)}/rotate`, '/api/auth/keys/…/rotate'],
    ['/api/users/ada@example.com', '/api/users/…'],
    ['/api/users/ada%40example.com', '/api/users/…'],
    ['/.well-known/jwks.json', '/.well-known/jwks.json'],
    ['/', '/'],
    ['', ''],
  ])('%s is shown as %s', (url, shown) => {
    expect(shownPath(url)).toBe(shown);
  });
});
