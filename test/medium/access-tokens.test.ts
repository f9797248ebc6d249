import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Strategy } from 'passport-jwt';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { encode, type JsonObject, resign, signToken, takeApart } from '../support/forge.js';
import { bearer, type HttpAnswer } from '../support/http-client.js';
import { type Person, signUp } from '../support/people.js';

const TTL_SECONDS = 3600;
const FEED_TTL_SECONDS = 86_400;
/** How far the clocks of two instances may differ. */
const TOLERANCE_SECONDS = 5;

let app: TestApp;
let clock: TestClock;
let person: Person;
beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock });
  stopBackgroundWork(app);
});
beforeEach(async () => {
  person = await signUp(app);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => app.close());

const show = (token: string): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: bearer(token) });

async function expectRefused(token: string): Promise<void> {
  const answer = await show(token);
  expect(answer.status, token).toBe(401);
  expect(answer.body.code).toBe('invalid_token');
  expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
}

/** How many times anything asked for a connection to the database while `work` ran. */
async function databaseUses(work: () => Promise<unknown>): Promise<number> {
  const { master } = app.database.dataSource.driver as PostgresDriver;
  const pool = master as Record<'on' | 'off', (event: 'acquire', listener: () => void) => void>;
  let uses = 0;
  const count = (): void => void uses++;
  pool.on('acquire', count);
  await work();
  pool.off('acquire', count);
  return uses;
}

function ownPublicKey(): { kid: string; pem: string; jwk: JsonObject } {
  const { kid, privateKey } = app.nest.get(SigningKeys).current();
  const key = createPublicKey(privateKey);
  return {
    kid,
    pem: key.export({ type: 'spki', format: 'pem' }).toString(),
    jwk: key.export({ format: 'jwk' }),
  };
}

/** How many signatures have been checked since the call. */
function countSignatureChecks(): () => number {
  const check = vi.spyOn(Strategy as unknown as { JwtVerifier: () => void }, 'JwtVerifier');
  return () => check.mock.calls.length;
}

const foreignKey = (): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });

it('the forge of these tests makes a valid token when nothing is altered', async () => {
  expect((await show(resign(app, person.token, {}))).status).toBe(200);
});

describe('SECURITY 13: only the one algorithm and published keys', () => {
  it.each(['none', 'None', 'NONE', 'nOnE'])('a token with alg %s, unsigned or signed, is refused', async (alg) => {
    const { header, claims } = takeApart(person.token);
    const input = `${encode({ ...header, alg })}.${encode(claims)}`;
    await expectRefused(`${input}.`);
    await expectRefused(input);
    await expectRefused(`${input}.${person.token.split('.')[2]}`);
    await expectRefused(resign(app, person.token, { header: { alg } }));
  });

  it('a token signed by HMAC with the public key as its secret is refused, in every encoding of the key', async () => {
    const { header, claims } = takeApart(person.token);
    const { pem, jwk, kid } = ownPublicKey();
    const published = (await app.http.get('/.well-known/jwks.json')).text;
    const secrets = [pem, pem.trim(), JSON.stringify(jwk), JSON.stringify({ ...jwk, kid }), published, kid];
    for (const [alg, hash] of [
      ['HS256', 'sha256'],
      ['HS384', 'sha384'],
      ['HS512', 'sha512'],
      ['ES256', 'sha512'],
    ]) {
      for (const secret of secrets) {
        const input = `${encode({ ...header, alg })}.${encode(claims)}`;
        await expectRefused(`${input}.${createHmac(hash, secret).update(input).digest('base64url')}`);
      }
    }
  });

  it.each(['ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'es256', ['ES256'], null, 256])(
    'a token signed with the server’s key under alg %j is refused',
    (alg) => expectRefused(resign(app, person.token, { header: { alg } })),
  );

  it('a token signed with a foreign key is refused, under a published kid and under its own', async () => {
    const { privateKey } = foreignKey();
    const parts = takeApart(person.token);
    await expectRefused(signToken(parts, privateKey));
    await expectRefused(signToken({ ...parts, header: { ...parts.header, kid: 'my-own-key' } }, privateKey));
  });

  it('a key in the token, or at a URL in it, is neither used nor fetched', async () => {
    const { privateKey, publicKey } = foreignKey();
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256', use: 'sig' };
    let fetched = 0;
    const server = createServer((_request, response) => {
      fetched++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    const parts = takeApart(person.token);
    for (const kid of ['mine', parts.header['kid']]) {
      for (const extra of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['MIIB'] }, { jku: url, jwk, x5u: url }]) {
        await expectRefused(signToken({ ...parts, header: { ...parts.header, kid, ...extra } }, privateKey));
      }
    }
    expect(fetched).toBe(0);
    server.close();
    await once(server, 'close');
  });

  it.each<JsonObject>([
    { crit: ['exp'] },
    { crit: [] },
    { crit: ['b64'], b64: false },
    { jku: 'http://127.0.0.1:1/' },
    { x5u: 'http://127.0.0.1:1/' },
    { x5t: 'AAAA' },
    { jwk: {} },
    { zip: 'DEF' },
    { cty: 'JWT' },
    { anything: 1 },
  ])('a token signed with the server’s key is refused when its header also contains %j', (extra) =>
    expectRefused(resign(app, person.token, { header: extra })),
  );

  const ODD_NAMES: Record<string, unknown> = {
    'an unknown one': 'A'.repeat(43),
    'a path': '../../../../dev/null',
    'an absolute path': '/dev/null',
    'a file URL': 'file:///etc/passwd',
    'an SQL union': "' UNION SELECT 'AAAA'--",
    'an SQL statement': "x'; DROP TABLE signing_keys; --",
    'a shell command': '$(id)|id',
    'an object': { $ne: null },
    'a list': ['x'],
    'a number': 0,
    true: true,
    null: null,
    'an empty text': '',
    'a name of the prototype': '__proto__',
    'a method of the prototype': 'constructor',
    'a NUL character': '\u0000',
    '5,000 characters': 'k'.repeat(5000),
  };
  it.each(Object.keys(ODD_NAMES))('a kid that is %s is refused without a query', async (what) => {
    const { privateKey } = foreignKey();
    const parts = takeApart(person.token);
    const header = { ...parts.header, kid: ODD_NAMES[what] };
    const uses = await databaseUses(async () => {
      await expectRefused(signToken({ ...parts, header }, privateKey));
      await expectRefused(resign(app, person.token, { header }));
    });
    expect(uses).toBe(0);
  });

  it('the counter of these tests counts a use of the database', async () => {
    expect(await databaseUses(() => app.http.get('/health/ready'))).toBeGreaterThan(0);
  });

  it('a token without a kid is refused', () =>
    expectRefused(resign(app, person.token, { header: { kid: undefined } })));

  it('a published kid written differently is another kid', async () => {
    const { kid } = ownPublicKey();
    for (const other of [`${kid}x`, ` ${kid}`, `${kid} `, `${kid}=`, `${kid}\n`, kid.slice(0, -1)]) {
      await expectRefused(resign(app, person.token, { header: { kid: other } }));
    }
  });
});

describe('SECURITY 14: every claim is required, typed and bounded', () => {
  const CLAIMS = ['iss', 'aud', 'sub', 'sid', 'role', 'iat', 'exp', 'jti'];
  it.each(CLAIMS)('a token without %s is refused', (claim) =>
    expectRefused(resign(app, person.token, { claims: { [claim]: undefined } })),
  );

  const WRONG: Record<string, readonly unknown[]> = {
    iss: [null, 1, ['stagedoor'], { is: 'stagedoor' }, '', 'Stagedoor', 'stagedoor ', 'https://evil.example'],
    aud: [null, 1, ['stagedoor'], ['other', 'stagedoor'], {}, '', 'Stagedoor', 'another-service'],
    sub: [null, 1, [], {}, '', 'root', 'someone@example.com', "' OR 1=1 --"],
    sid: [null, 1, [], {}, '', 'session', '%'],
    role: [null, 1, [], {}, '', 'root', 'Admin', ['user']],
    iat: [null, '1', [], {}, '', 1.5, true, -1, 1e30],
    exp: [null, '9999999999', [], {}, '', 1.5, true, 0, -1, 1e30],
    jti: [null, 1, [], {}, ''],
    key: [null, 1, [], {}, '', 'key_unknown'],
  };
  it.each(Object.keys(WRONG))('a token whose %s is of another type or value is refused', async (claim) => {
    for (const value of WRONG[claim]) await expectRefused(resign(app, person.token, { claims: { [claim]: value } }));
  });

  it('a sub or sid in braces or with space around it is refused', async () => {
    const { claims } = takeApart(person.token);
    for (const claim of ['sub', 'sid']) {
      const id = String(claims[claim]);
      for (const other of [`{${id}}`, ` ${id}`, `${id} `, id.replaceAll('-', ''), `urn:uuid:${id}`]) {
        await expectRefused(resign(app, person.token, { claims: { [claim]: other } }));
      }
    }
  });

  it.each([undefined, null, 'JWT', 'jwt', 'AT+JWT', 'at+JWT', 'application/at+jwt', 'id_token', ['at+jwt'], ''])(
    'a token whose typ is %j, as another kind of token’s would be, is refused',
    (typ) => expectRefused(resign(app, person.token, { header: { typ } })),
  );

  it.each(['[]', '"text"', 'null', '1', '', '{', '{}'])('claims that are %s are refused', async (claims) => {
    const { kid, privateKey } = app.nest.get(SigningKeys).current();
    const input = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    await expectRefused(`${input}.${signature.toString('base64url')}`);
  });

  it('a token with a longer lifetime than configured is refused, and one of exactly that lifetime is not', async () => {
    const iat = clock.now().getTime() / 1000;
    await expectRefused(resign(app, person.token, { claims: { iat, exp: iat + TTL_SECONDS + 1 } }));
    await expectRefused(resign(app, person.token, { claims: { iat, exp: iat + FEED_TTL_SECONDS } }));
    await expectRefused(resign(app, person.token, { claims: { iat: iat - FEED_TTL_SECONDS, exp: iat + 60 } }));
    expect((await show(resign(app, person.token, { claims: { iat, exp: iat + TTL_SECONDS } }))).status).toBe(200);
  });

  it('a token issued in the future is refused beyond the clock tolerance', async () => {
    const now = clock.now().getTime() / 1000;
    const from = (iat: number): string => resign(app, person.token, { claims: { iat, exp: iat + 60 } });
    await expectRefused(from(now + TOLERANCE_SECONDS + 1));
    await expectRefused(from(now + 86_400));
    expect((await show(from(now + TOLERANCE_SECONDS))).status).toBe(200);
  });

  it('a token is valid until one second before its expiry, and refused from then on', async () => {
    clock.advance(TTL_SECONDS - 1);
    expect((await show(person.token)).status).toBe(200);
    clock.advance(1);
    await expectRefused(person.token);
    clock.advance(1);
    await expectRefused(person.token);
  });
});

describe('SECURITY 15: base64url is read strictly', () => {
  it('padding, spaces, more parts or fewer, and letters around it are refused', async () => {
    const { token } = person;
    const [header, claims, signature] = token.split('.');
    for (const other of [
      `${token}=`,
      `${token}==`,
      `${header}=.${claims}.${signature}`,
      `${header}.${claims}==.${signature}`,
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
      `${header}.${claims}`,
      `${header} .${claims}.${signature}`,
      `${header}.${claims}. ${signature}`,
      `${header}.${claims}\t.${signature}`,
      `${token},`,
      `${token}%20`,
      `"${token}"`,
      `${header}..${signature}`,
      `${token}A`,
      token.slice(0, -1),
    ]) {
      await expectRefused(other);
    }
  });

  it('the standard alphabet of base64 is refused in each part', async () => {
    // Chosen so that each part holds a letter that the two alphabets write differently.
    let token = person.token;
    for (
      let i = 0;
      !token
        .split('.')
        .slice(1)
        .every((part) => /[-_]/.test(part));
      i++
    ) {
      token = resign(app, person.token, { claims: { jti: `${i}~~~???>>>` } });
    }
    expect((await show(token)).status).toBe(200);
    const parts = token.split('.');
    for (const place of [1, 2]) {
      const other = parts.map((part, i) => (i === place ? part.replaceAll('-', '+').replaceAll('_', '/') : part));
      await expectRefused(other.join('.'));
    }
  });

  it('every other last character is refused, those that decode to the same bytes too', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const { token } = person;
    for (const letter of alphabet.replace(token.slice(-1), '')) await expectRefused(token.slice(0, -1) + letter);
  });
});

describe('SECURITY 16: what is public', () => {
  it('an access token contains user, session, role and times, and nothing else about the user', async () => {
    const named = await signUp(app, { name: 'Zebedee Quux', phone: '+12025550123', username: 'zebedee.quux' });
    const { header, claims } = takeApart(named.token);
    expect(Object.keys(header).toSorted()).toEqual(['alg', 'kid', 'typ']);
    expect(Object.keys(claims).toSorted()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'role', 'sid', 'sub']);
    const text = JSON.stringify({ header, claims }).toLowerCase();
    for (const personal of [named.email, 'zebedee', 'quux', '2025550123', 'argon2', 'example.com']) {
      expect(text).not.toContain(personal);
    }
  });

  it('the key set holds public members only, may be cached, and is not sent again unchanged', async () => {
    const answer = await app.http.get('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.body.keys).toHaveLength(1);
    expect(Object.keys((answer.body.keys as unknown as JsonObject[])[0]).toSorted()).toEqual([
      'alg',
      'crv',
      'kid',
      'kty',
      'use',
      'x',
      'y',
    ]);
    const tag = answer.headers.get('etag') ?? '';
    const again = await app.http.get('/.well-known/jwks.json', { headers: { 'if-none-match': tag } });
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    const other = await app.http.get('/.well-known/jwks.json', { headers: { 'if-none-match': '"other"' } });
    expect(other.status).toBe(200);
  });
});

describe('a token that was accepted before', () => {
  it('is refused from the second it expires', async () => {
    expect((await show(person.token)).status).toBe(200);
    clock.advance(TTL_SECONDS - 1);
    expect((await show(person.token)).status).toBe(200);
    clock.advance(1);
    await expectRefused(person.token);
  });

  it('does not make another spelling of it valid, nor other claims under its signature', async () => {
    expect((await show(person.token)).status).toBe(200);
    const [header, , signature] = person.token.split('.');
    const { claims } = takeApart(person.token);
    await expectRefused(`${person.token}=`);
    await expectRefused(`${header}.${encode({ ...claims, role: 'SUPER_ADMIN' })}.${signature}`);
  });

  it('has its signature checked once', async () => {
    const checks = countSignatureChecks();
    await show(person.token);
    await show(person.token);
    expect(checks()).toBe(1);
  });

  it('has its signature checked again after it expired, as a refused token has each time', async () => {
    await show(person.token);
    const refused = resign(app, person.token, { claims: { iss: 'another issuer' } });
    const checks = countSignatureChecks();
    await expectRefused(refused);
    await expectRefused(refused);
    expect(checks()).toBe(2);
    clock.advance(TTL_SECONDS);
    await expectRefused(person.token);
    expect(checks()).toBe(2);
    await expectRefused(person.token);
    expect(checks()).toBe(3);
  });
});
