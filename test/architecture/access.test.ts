import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import type { Scope } from '../../src/common/principal.js';
import { inTransaction } from '../../src/database/transaction.js';
import { generateApiKey, generateKeyId, hashApiKey } from '../../src/modules/api-keys/api-key-secret.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { PasswordHasher } from '../../src/modules/auth/passwords/password-hasher.js';
import { generateRefreshToken, hashRefreshToken } from '../../src/modules/auth/sessions/refresh-token.js';
import { SessionsService } from '../../src/modules/auth/sessions/sessions.service.js';
import { AccessTokens } from '../../src/modules/auth/tokens/access-tokens.service.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { type Account, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, bearer } from '../support/http-client.js';
import { PASSWORD } from '../support/people.js';
import { ACCESS, type Caller, CALLERS, OPEN, type Target } from './access-table.js';

const ACCESS_TOKEN_TTL = 3600;
const SESSION_TTL = 100_000;

let app: TestApp;
let clock: TestClock;
let passwordHash: string;
beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock, env: { ACCESS_TOKEN_TTL: String(ACCESS_TOKEN_TTL) } });
  passwordHash = await app.nest.get(PasswordHasher).hash(PASSWORD);
});
afterAll(() => app.close());

type Headers = Record<string, string>;

/** A login without the cost of its password. */
async function logIn(account: Account, key?: { id: string; keyId: string }) {
  const session = await inTransaction(app.database.dataSource, (manager) =>
    app.nest.get(SessionsService).open(manager, {
      userId: account.id,
      ttlSeconds: SESSION_TTL,
      refreshable: key === undefined,
      ...(key && { apiKey: { id: key.id, expiresAt: null } }),
    }),
  );
  const { accessToken } = app.nest.get(AccessTokens).issue({
    userId: account.id,
    role: account.principal.role,
    sessionId: session.id,
    sessionExpiresAt: session.expiresAt,
    ...(key && { keyId: key.keyId }),
  });
  return { ...session, headers: bearer(accessToken) };
}

async function newKey({ principal }: Account, scopes?: Scope[], expiresAt?: Date) {
  const { key, secret } = await app.nest.get(ApiKeysService).create(principal, { scopes, expiresAt });
  return { id: key.id, keyId: key.keyId, secret, headers: apiKey(secret) };
}

const person = (role: 'user' | 'admin' | 'SUPER_ADMIN' = 'user'): Promise<Account> =>
  insertAccount(app.database.dataSource, { role, passwordHash });

async function suspend({ id }: Account): Promise<void> {
  const root = await person('SUPER_ADMIN');
  await app.nest.get(UsersService).changeStanding(root.principal, id, { status: 'suspended' });
}

/** What each caller shows. `owner` is whose things the call is about. */
const CREDENTIALS: Record<Caller, (owner: Account) => Promise<Headers>> = {
  nobody: async () => ({}),
  user: async (owner) => (await logIn(owner)).headers,
  other: async () => (await logIn(await person())).headers,
  admin: async () => (await logIn(await person('admin'))).headers,
  SUPER_ADMIN: async () => (await logIn(await person('SUPER_ADMIN'))).headers,
  readKey: async (owner) => (await newKey(owner, ['profile:read', 'artists:read'])).headers,
  writeKey: async (owner) => (await newKey(owner, ['artists:write'])).headers,
  adminKey: async () => (await newKey(await person('admin'), ['users:read'])).headers,
  feed: async (owner) => {
    const key = await newKey(owner);
    return { ...(await logIn(owner, key)).headers, ...key.headers };
  },
  feedWithoutKey: async (owner) => (await logIn(owner, await newKey(owner))).headers,
  userWithKey: async (owner) => ({
    ...(await logIn(owner)).headers,
    ...(await newKey(owner, ['profile:read', 'artists:read'])).headers,
  }),
  userWithForeignKey: async (owner) => ({ ...(await logIn(owner)).headers, ...(await newKey(await person())).headers }),
  suspended: async () => {
    const account = await person();
    const { headers } = await logIn(account);
    await suspend(account);
    return headers;
  },
  suspendedKey: async () => {
    const account = await person();
    const { headers } = await newKey(account);
    await suspend(account);
    return headers;
  },
  expired: async (owner) => {
    const { headers } = await logIn(owner);
    clock.advance(ACCESS_TOKEN_TTL);
    return headers;
  },
  expiredKey: async (owner) => {
    const { headers } = await newKey(owner, undefined, addSeconds(clock.now(), 1));
    clock.advance(1);
    return headers;
  },
  loggedOut: async (owner) => {
    const { id, headers } = await logIn(owner);
    await app.nest.get(SessionsService).end(id);
    return headers;
  },
};

/** Things of the owner, made anew for each call. */
async function newTarget(owner: Account): Promise<Target> {
  const [artistId, songId, sessionId, fresh] = [newId(), newId(), newId(), newId()];
  const [keyId, secret, refreshToken] = [generateKeyId(), generateApiKey(), generateRefreshToken()];
  const [{ username }] = await app.database.dataSource.query(
    `WITH artist AS (
       INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
       VALUES ($2, $1, 'Midnight', 'active', now(), now())
     ), song AS (
       INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
       VALUES ($3, $2, $1, 'City Lights', now(), now())
     ), key AS (
       INSERT INTO api_keys (id, key_id, user_id, name, secret_hash, scopes, created_at)
       VALUES (gen_random_uuid(), $4, $1, 'API key', $5, '{profile:read}', now())
     ), session AS (
       INSERT INTO sessions (id, user_id, refresh_token_hash, created_at, expires_at) VALUES ($6, $1, $7, $8, $9)
     )
     SELECT username FROM users WHERE id = $1`,
    [
      ...[owner.id, artistId, songId, keyId, hashApiKey(secret)],
      ...[sessionId, hashRefreshToken(refreshToken), clock.now(), addSeconds(clock.now(), SESSION_TTL)],
    ],
  );
  const login = { email: owner.email, username, password: PASSWORD };
  return { userId: owner.id, artistId, songId, keyId, apiKey: secret, fresh, refreshToken, ...login };
}

describe.each(Object.entries(ACCESS))('SECURITY 18: %s', (route, { expected, path, options }) => {
  const [method, pattern] = route.split(' ') as [string, string];

  it.each(CALLERS.map((caller) => [caller, expected[caller]] as const))(
    'answers %s with %i',
    async (caller, status) => {
      const owner = await person();
      const target = await newTarget(owner);
      const headers = await CREDENTIALS[caller](owner);
      const values = [...path(target)];
      const url = pattern.replace(/:\w+/g, () => values.shift() ?? '');
      // As its GET, which has its own checks; two callers tell whether it is guarded.
      if (method === 'GET' && /^(nobody|user)$/.test(caller))
        expect((await app.http.call('HEAD', url, { headers })).status).toBe(status);
      const answer = await app.http.call(method, url, { ...options(target), headers });
      expect(answer.status, answer.text).toBe(status);
    },
  );
});

describe.each(OPEN.filter((route) => !route.includes('*')))('%s', (route) => {
  const [method, url] = route.split(' ') as [string, string];

  it.each([
    ['nobody', {}],
    ['a bad token', bearer('x.y.z')],
    ['a bad key', apiKey('sk_live_x')],
  ])('asks nobody who they are: %s', async (_, headers) => {
    expect([200, 404]).toContain((await app.http.call(method, url, { headers })).status);
  });
});
