import { describe, expect, it } from 'vitest';
import { readClaims, readKeyId } from './access-token.js';

const base64Url = (text: string): string => Buffer.from(text).toString('base64url');
// 64 bytes, as every ES256 signature; here only its form matters.
const SIGNATURE = Buffer.alloc(64, 1).toString('base64url');
const tokenOf = (header: unknown): string =>
  `${base64Url(typeof header === 'string' ? header : JSON.stringify(header))}.${base64Url('{"sub":"x"}')}.${SIGNATURE}`;

describe('readKeyId', () => {
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'key-1' };

  it('returns the kid of an access token, whatever the order of the header’s members', () => {
    expect(readKeyId(tokenOf(header))).toBe('key-1');
    expect(readKeyId(tokenOf({ kid: 'key-1', alg: 'ES256', typ: 'at+jwt' }))).toBe('key-1');
  });

  it.each([
    ['no algorithm', { typ: 'at+jwt', kid: 'key-1' }],
    ['alg none', { ...header, alg: 'none' }],
    ['alg None', { ...header, alg: 'None' }],
    ['HS256', { ...header, alg: 'HS256' }],
    ['RS256', { ...header, alg: 'RS256' }],
    ['another curve', { ...header, alg: 'ES384' }],
    ['the algorithm in lower case', { ...header, alg: 'es256' }],
    ['a list of algorithms', { ...header, alg: ['ES256'] }],
    ['the type of another token', { ...header, typ: 'JWT' }],
    ['no type', { alg: 'ES256', kid: 'key-1' }],
    ['no kid', { alg: 'ES256', typ: 'at+jwt' }],
    ['a kid that is an object', { ...header, kid: { $ne: '' } }],
    ['a kid that is a number', { ...header, kid: 1 }],
    ['a kid that is null', { ...header, kid: null }],
    ['a jku', { ...header, jku: 'https://evil.test/jwks.json' }],
    ['an x5u', { ...header, x5u: 'https://evil.test/cert.pem' }],
    ['an x5c', { ...header, x5c: ['MIIB'] }],
    ['a key in the header', { ...header, jwk: { kty: 'EC' } }],
    ['critical extensions', { ...header, crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { ...header, b64: false }],
    ['a jku instead of a type', { alg: 'ES256', kid: 'key-1', jku: 'https://evil.test' }],
    ['an array', ['ES256', 'at+jwt', 'key-1']],
    ['null', null],
    ['a string', '"ES256"'],
    ['invalid JSON', '{alg:ES256}'],
    ['nothing', ''],
  ])('refuses a header with %s', (_, odd) => {
    expect(readKeyId(tokenOf(odd))).toBeUndefined();
  });

  it.each(['../../../dev/null', "' OR 1=1 --", 'x'.repeat(5000), '', '__proto__', 'key\0'])(
    'returns any other string as it is: %j',
    (kid) => {
      expect(readKeyId(tokenOf({ ...header, kid }))).toBe(kid);
    },
  );

  describe('base64url is read strictly', () => {
    const [head, payload, signature] = tokenOf(header).split('.') as [string, string, string];

    it.each([
      ['padding', `${head}.${payload}=.${signature}`],
      ['a leading space', ` ${head}.${payload}.${signature}`],
      ['a trailing space', `${head}.${payload}.${signature} `],
      ['a space within', `${head}.${payload} .${signature}`],
      ['a line break', `${head}.${payload}\n.${signature}`],
      ['the standard alphabet', `${head}.${payload}.a+/b`],
      ['a letter outside ASCII', `${head}.${payload}.abcé`],
      ['no signature', `${head}.${payload}.`],
      ['no payload', `${head}..${signature}`],
      ['two parts', `${head}.${payload}`],
      ['four parts', `${head}.${payload}.${signature}.${signature}`],
      ['five parts', `${head}.${payload}.${signature}.${signature}.${signature}`],
      ['nothing', ''],
      ['dots', '..'],
      ['a byte order mark', `\ufeff${head}.${payload}.${signature}`],
    ])('%s is refused', (_, spelling) => {
      expect(readKeyId(spelling)).toBeUndefined();
    });

    it('accepts no second spelling of a signature’s last character', () => {
      // 64 bytes leave 4 spare bits in the last of 86 characters: a lenient decoder reads 16 spellings as the same bytes.
      const bytes = Buffer.alloc(64, 7);
      const good = bytes.toString('base64url');
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const accepted = [...alphabet].filter((last) => readKeyId(`${head}.${payload}.${good.slice(0, -1)}${last}`));
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
  const rules = { audience: 'stagedoor', maxLifetimeSeconds: (isKeyBound: boolean) => (isKeyBound ? 86_400 : 3600) };
  const read = (payload: unknown): unknown => readClaims(payload, now, rules);
  const keyBound = { ...claims, aud: 'stagedoor#key-bound', key: 'key_abc' };
  const limited = { ...claims, aud: 'stagedoor#limited', limit: 'email_not_verified' };

  it('returns the known claims and drops all others', () => {
    expect(read({ ...claims, admin: true, nbf: 1 })).toEqual(claims);
    expect(read(keyBound)).toEqual(keyBound);
    expect(read(limited)).toEqual(limited);
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
    ['limit', 'nothing'],
    ['limit', 1],
  ])('refuses a token whose %s is %o', (name, value) => {
    expect(read({ ...claims, [name]: value })).toBeUndefined();
  });

  it('refuses a token whose audience is that of another kind of token', () => {
    for (const token of [claims, keyBound, limited]) {
      for (const aud of [claims.aud, keyBound.aud, limited.aud, 'stagedoor#other']) {
        expect(read({ ...token, aud }) !== undefined).toBe(aud === token.aud);
      }
    }
  });

  it('refuses a token from the second of its exp on', () => {
    expect(read({ ...claims, exp: seconds + 1 })).toBeDefined();
    expect(read({ ...claims, exp: seconds })).toBeUndefined();
    expect(read({ ...claims, exp: seconds - 1 })).toBeUndefined();
  });

  it('refuses a token issued in the future, beyond the clock tolerance', () => {
    const from = (iat: number): unknown => read({ ...claims, iat, exp: iat + 3600 });
    expect(from(seconds + 5)).toBeDefined();
    expect(from(seconds + 6)).toBeUndefined();
  });

  it('refuses a token that lives longer than its maximum', () => {
    expect(read({ ...claims, exp: claims.iat + 3600 })).toBeDefined();
    expect(read({ ...claims, exp: claims.iat + 3601 })).toBeUndefined();
  });

  it('gives a key-bound token a maximum of its own', () => {
    expect(read({ ...keyBound, exp: claims.iat + 86_400 })).toBeDefined();
    expect(read({ ...keyBound, exp: claims.iat + 86_401 })).toBeUndefined();
  });

  it.each([undefined, null, 'text', 42, []])('refuses a payload that is not an object: %o', (payload) => {
    expect(read(payload)).toBeUndefined();
  });
});
