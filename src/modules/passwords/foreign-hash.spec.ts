import { createHash } from 'node:crypto';
import { verify } from '@node-rs/bcrypt';
import { describe, expect, it } from 'vitest';
import {
  DEAREST_HASHES,
  EXPENSIVE_HASHES,
  FOREIGN_HASHES,
  MALFORMED_HASHES,
} from '../../../test/support/foreign-hashes.js';
import { argon2 } from './argon2.js';
import { signExtendedKey } from './foreign-bcrypt.js';
import { UnusableHash } from './foreign-fields.js';
import { parseForeignHash, parseStoredHash } from './foreign-hash.js';

const CHEAP = { type: argon2.argon2id, memoryCost: 8, timeCost: 1, parallelism: 1 } as const;

/** The hash as it would be stored, digests wrapped. */
async function stored(text: string): Promise<string> {
  const hash = parseForeignHash(text);
  return 'stored' in hash ? hash.stored : hash.wrappedIn(await argon2.hash(hash.digest, CHEAP));
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

// Some are expensive on purpose.
describe('a password hash from elsewhere', { timeout: 60_000 }, () => {
  it.each(FOREIGN_HASHES)('matches its password and no other: %s', async (_, hash, password) => {
    const matches = parseStoredHash(await stored(hash));
    expect(await matches(password)).toBe(true);
    for (const wrong of [`${password}x`, '']) expect(await matches(wrong)).toBe(false);
  });

  it.each(FOREIGN_HASHES.filter(([, hash]) => /^(?:\$argon2|\$scrypt|\$pbkdf2|pbkdf2_|AQ)/.test(hash)))(
    'is compared to its last bit: %s',
    async (_, hash, password) => {
      const [, before = '', last = ''] = /^(.*\$)?([^$]+)$/.exec(hash) ?? [];
      const bytes = Buffer.from(last, 'base64');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      expect(await parseStoredHash(`${before}${bytes.toString('base64')}`)(password)).toBe(false);
    },
  );
});

describe('a $2x$ hash', () => {
  // crypt_blowfish's vectors: two passwords that the old algorithm could not tell apart.
  it.each([['a3'], ['ffffa3']])('is of bytes that are read as negative numbers: %s', async (hex) => {
    const standard = '$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e';
    expect(await verify(signExtendedKey(Buffer.from(hex, 'hex')), standard)).toBe(true);
  });
});

describe('a digest', () => {
  it('is stored as argon2id of the digest, never as it is', async () => {
    for (const [, hash] of FOREIGN_HASHES.filter(([, text]) => 'digest' in parseForeignHash(text))) {
      const parsed = parseForeignHash(hash);
      if (!('digest' in parsed)) throw new Error('not a digest');
      const kept = await stored(hash);
      expect(kept).toMatch(/^\$wrapped-(?:md5|sha1|sha256)\$pf=[^$]+\$[^$]*\$argon2id\$v=19\$/);
      for (const encoding of ['hex', 'base64'] as const) {
        expect(kept.toLowerCase()).not.toContain(parsed.digest.toString(encoding).replace(/=+$/, '').toLowerCase());
      }
    }
  });

  it('cannot be used as a password', async () => {
    const digest = createHash('md5').update('test').digest('hex');
    expect(await parseStoredHash(await stored(digest))(digest)).toBe(false);
  });

  it('is refused where it stands in the database as it is', () => {
    expect(() => parseStoredHash('$md5$CY9rzUYh03PK3k6DJie09g==')).toThrow(UnusableHash);
  });

  it('fills a template in one pass: a password that reads {SALT} stays as it is', async () => {
    const digest = createHash('sha1').update('pepper{SALT}').digest('base64');
    const text = `$sha1$pf=${base64('{SALT}{PASSWORD}')}$${base64('pepper')}$${digest}`;
    expect(await parseStoredHash(await stored(text))('{SALT}')).toBe(true);
    expect(await parseStoredHash(await stored(text))('pepper')).toBe(false);
  });
});

describe('a malformed hash is refused:', () => {
  it.each(MALFORMED_HASHES)('%j', (text) => {
    expect(() => parseForeignHash(text)).toThrow(UnusableHash);
  });
});

describe('a hash that is too expensive is refused:', () => {
  it.each(EXPENSIVE_HASHES)('%s', (text) => {
    expect(() => parseForeignHash(text)).toThrow(/ is above \d+$/);
  });

  it.each(DEAREST_HASHES)('the dearest is not: %s', (text) => {
    expect(() => parseForeignHash(text)).not.toThrow();
  });

  it('the reason does not repeat the hash', () => {
    const hash = '$2b$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    expect(() => parseForeignHash(hash)).toThrow(/^The bcrypt cost is above 14$/);
  });
});
