import { describe, expect, it } from 'vitest';
import { keyNameIn, readClaims, toLowS } from './access-token.js';

const base64Url = (text: string): string => Buffer.from(text).toString('base64url');
// 64 bytes, as every ES256 signature; here only its form matters.
const SIGNATURE = Buffer.alloc(64, 1).toString('base64url');
const tokenOf = (header: unknown): string =>
  `${base64Url(typeof header === 'string' ? header : JSON.stringify(header))}.${base64Url('{"sub":"x"}')}.${SIGNATURE}`;

describe('keyNameIn', () => {
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'key-1' };

  it('gives the key name of a header of ours, whatever the order of its members', () => {
    expect(keyNameIn(tokenOf(header))).toBe('key-1');
    expect(keyNameIn(tokenOf({ kid: 'key-1', alg: 'ES256', typ: 'at+jwt' }))).toBe('key-1');
  });

  it.each([
    ['no algorithm', { typ: 'at+jwt', kid: 'key-1' }],
    ['alg none', { ...header, alg: 'none' }],
    ['alg None', { ...header, alg: 'None' }],
    ['HS256', { ...header, alg: 'HS256' }],
    ['RS256', { ...header, alg: 'RS256' }],
    ['another curve', { ...header, alg: 'ES384' }],
    ['our algorithm in lower case', { ...header, alg: 'es256' }],
    ['a list of algorithms', { ...header, alg: ['ES256'] }],
    ['the type of another token', { ...header, typ: 'JWT' }],
    ['no type', { alg: 'ES256', kid: 'key-1' }],
    ['no key name', { alg: 'ES256', typ: 'at+jwt' }],
    ['a key name that is an object', { ...header, kid: { $ne: '' } }],
    ['a key name that is a number', { ...header, kid: 1 }],
    ['a key name that is null', { ...header, kid: null }],
    ['a jku', { ...header, jku: 'https://evil.test/jwks.json' }],
    ['an x5u', { ...header, x5u: 'https://evil.test/cert.pem' }],
    ['an x5c', { ...header, x5c: ['MIIB'] }],
    ['a key in the header', { ...header, jwk: { kty: 'EC' } }],
    ['critical extensions', { ...header, crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { ...header, b64: false }],
    ['a jku in the place of the type', { alg: 'ES256', kid: 'key-1', jku: 'https://evil.test' }],
    ['a list', ['ES256', 'at+jwt', 'key-1']],
    ['null', null],
    ['a text', '"ES256"'],
    ['no JSON', '{alg:ES256}'],
    ['nothing', ''],
  ])('refuses a header with %s', (_, odd) => {
    expect(keyNameIn(tokenOf(odd))).toBeUndefined();
  });

  it.each(['../../../dev/null', "' OR 1=1 --", 'x'.repeat(5000), '', '__proto__', 'key\0'])(
    'only reads an odd key name, for a look-up in memory: %j',
    (kid) => {
      expect(keyNameIn(tokenOf({ ...header, kid }))).toBe(kid);
    },
  );

  describe('one token has one spelling', () => {
    const [head, payload, signature] = tokenOf(header).split('.') as [string, string, string];

    it.each([
      ['padding', `${head}.${payload}=.${signature}`],
      ['a space in front', ` ${head}.${payload}.${signature}`],
      ['a space behind', `${head}.${payload}.${signature} `],
      ['a space inside', `${head}.${payload} .${signature}`],
      ['a line break', `${head}.${payload}\n.${signature}`],
      ['the other alphabet', `${head}.${payload}.a+/b`],
      ['a foreign letter', `${head}.${payload}.abcé`],
      ['no signature', `${head}.${payload}.`],
      ['no payload', `${head}..${signature}`],
      ['two parts', `${head}.${payload}`],
      ['four parts', `${head}.${payload}.${signature}.${signature}`],
      ['five parts', `${head}.${payload}.${signature}.${signature}.${signature}`],
      ['nothing', ''],
      ['dots', '..'],
      ['a byte order mark', `\ufeff${head}.${payload}.${signature}`],
    ])('%s is refused', (_, spelling) => {
      expect(keyNameIn(spelling)).toBeUndefined();
    });

    it('every other last character of a 64-byte signature is another signature, or none', () => {
      // 64 bytes leave 4 spare bits in the last of 86 characters: 15 others would be read as the same bytes.
      const bytes = Buffer.alloc(64, 7);
      const good = bytes.toString('base64url');
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const accepted = [...alphabet].filter((last) => keyNameIn(`${head}.${payload}.${good.slice(0, -1)}${last}`));
      expect(accepted.map((last) => Buffer.from(good.slice(0, -1) + last, 'base64url').toString('hex'))).toHaveLength(
        4,
      );
      expect(accepted.filter((last) => Buffer.from(good.slice(0, -1) + last, 'base64url').equals(bytes))).toEqual([
        good.at(-1),
      ]);
    });
  });
});

describe('readClaims', () => {
  const now = new Date('2026-01-01T12:00:00.500Z');
  const seconds = Math.floor(now.getTime() / 1000);
  const claims = {
    iss: 'stagedoor',
    aud: 'stagedoor',
    sub: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d',
    sid: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0e',
    role: 'user',
    iat: seconds - 10,
    exp: seconds + 3590,
    jti: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0f',
  };
  const lifetime = (bound: boolean): number => (bound ? 86_400 : 3600);
  const read = (payload: unknown): unknown => readClaims(payload, now, lifetime);

  it('gives the claims we put in, and nothing that was added', () => {
    expect(read({ ...claims, admin: true, nbf: 1 })).toEqual(claims);
    expect(read({ ...claims, key: 'key_abc' })).toEqual({ ...claims, key: 'key_abc' });
  });

  it.each(Object.keys(claims))('refuses a token without %s', (name) => {
    expect(read({ ...claims, [name]: undefined })).toBeUndefined();
    expect(read({ ...claims, [name]: null })).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['iss', ['stagedoor']],
    ['aud', ['stagedoor', 'other']],
    ['sub', 42],
    ['sub', 'root'],
    ['sub', '{01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d}'],
    ['sid', 'a session'],
    ['sid', {}],
    ['role', 'root'],
    ['role', 'super_admin'],
    ['role', ['SUPER_ADMIN']],
    ['iat', String(seconds)],
    ['iat', seconds + 0.5],
    ['iat', -Infinity],
    ['exp', String(seconds + 3000)],
    ['exp', seconds + 3000.5],
    ['exp', 1e308],
    ['jti', 7],
    ['jti', ''],
    ['key', 1],
    ['key', { id: 'key_abc' }],
  ])('refuses a token whose %s is %o', (name, value) => {
    expect(read({ ...claims, [name]: value })).toBeUndefined();
  });

  it('ends at the second that exp names', () => {
    expect(read({ ...claims, exp: seconds + 1 })).toBeDefined();
    expect(read({ ...claims, exp: seconds })).toBeUndefined();
    expect(read({ ...claims, exp: seconds - 1 })).toBeUndefined();
  });

  it('refuses a token from the future, but for what two clocks may be apart', () => {
    const from = (iat: number): unknown => read({ ...claims, iat, exp: iat + 3600 });
    expect(from(seconds + 5)).toBeDefined();
    expect(from(seconds + 6)).toBeUndefined();
  });

  it('refuses a token that lives longer than we make them', () => {
    expect(read({ ...claims, exp: claims.iat + 3600 })).toBeDefined();
    expect(read({ ...claims, exp: claims.iat + 3601 })).toBeUndefined();
  });

  it('lets a token that is bound to a key live as long as those do', () => {
    expect(read({ ...claims, key: 'key_abc', exp: claims.iat + 86_400 })).toBeDefined();
    expect(read({ ...claims, key: 'key_abc', exp: claims.iat + 86_401 })).toBeUndefined();
  });

  it.each([undefined, null, 'text', 42, []])('refuses a payload that is no object: %o', (payload) => {
    expect(read(payload)).toBeUndefined();
  });
});

describe('toLowS', () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const half = order / 2n;
  const signature = (s: bigint): Buffer => Buffer.from('07'.repeat(32) + s.toString(16).padStart(64, '0'), 'hex');

  it.each([half + 1n, half + 2n ** 128n, order - 2n ** 200n, order - 256n, order - 255n, order - 1n])(
    'turns the upper one of the two signatures (s = %d) into the lower one',
    (s) => {
      expect(toLowS(signature(s))).toEqual(signature(order - s));
    },
  );

  it.each([1n, 255n, half - 1n, half])('leaves the lower one (s = %d) as it is', (s) => {
    expect(toLowS(signature(s))).toEqual(signature(s));
  });
});
