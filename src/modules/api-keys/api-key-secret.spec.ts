import { describe, expect, it } from 'vitest';
import {
  API_KEY_PATTERN,
  generateApiKey,
  generateKeyId,
  hashApiKey,
  isKeyId,
  isWellFormedApiKey,
  looksLikeApiKey,
} from './api-key-secret.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('an API key', () => {
  it('SECURITY 22: has the published form and is never made twice', () => {
    const keys = Array.from({ length: 1000 }, generateApiKey);
    for (const key of keys) expect(key).toMatch(API_KEY_PATTERN);
    expect(new Set(keys).size).toBe(1000);
  });

  it('is well-formed as it was made', () => {
    for (let round = 0; round < 100; round++) expect(isWellFormedApiKey(generateApiKey())).toBe(true);
  });

  it('carries the CRC-32 of all before it in base 62, as IEEE 802.3 has it', () => {
    // Reckoned by another program (Python's zlib.crc32).
    expect(isWellFormedApiKey('sk_live_StagedoorTestKeyWithAKnownCheck02oU54m')).toBe(true);
  });

  it('SECURITY 22: is not accepted with a wrong character anywhere', () => {
    const key = generateApiKey();
    const passed: string[] = [];
    for (let i = 0; i < key.length; i++) {
      for (const character of `${ALPHABET}_- \0é`) {
        if (character === key[i]) continue;
        const wrong = key.slice(0, i) + character + key.slice(i + 1);
        if (isWellFormedApiKey(wrong)) passed.push(wrong);
      }
    }
    expect(passed).toEqual([]);
  });

  it('is not accepted with two neighbouring characters swapped', () => {
    const key = generateApiKey();
    for (let i = 0; i < key.length - 1; i++) {
      const [a, b] = [key[i] ?? '', key[i + 1] ?? ''];
      if (a !== b) expect(isWellFormedApiKey(key.slice(0, i) + b + a + key.slice(i + 2))).toBe(false);
    }
  });

  it.each([
    '',
    'sk_live_',
    `${generateApiKey()}x`,
    generateApiKey().slice(0, -1),
    ` ${generateApiKey()}`,
    `${generateApiKey()}\n`,
  ])('is not accepted for %j', (text) => {
    expect(isWellFormedApiKey(text)).toBe(false);
  });

  it('is known for a key by its beginning alone, so that a bad one is not taken for a token', () => {
    expect(looksLikeApiKey('sk_live_nonsense')).toBe(true);
    expect(looksLikeApiKey('eyJhbGciOiJFUzI1NiJ9.e30.x')).toBe(false);
  });

  it('is kept as a SHA-256 hash', () => {
    const key = generateApiKey();
    expect(hashApiKey(key)).toHaveLength(32);
    expect(hashApiKey(key)).toEqual(hashApiKey(key));
    expect(hashApiKey(key).toString('latin1')).not.toContain(key.slice(8, 20));
  });

  it('goes by a public name of its own', () => {
    expect(generateKeyId()).toMatch(/^key_[0-9A-Za-z]{20}$/);
    expect(generateKeyId()).not.toBe(generateKeyId());
    expect(isKeyId(generateKeyId())).toBe(true);
    for (const text of ['', 'key_', 'key_\0', "key_' OR 1=1 --", `${generateKeyId()}\n`, generateApiKey()]) {
      expect(isKeyId(text)).toBe(false);
    }
  });
});
