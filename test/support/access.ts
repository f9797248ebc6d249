import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { newId } from '../../src/common/ids.js';
import type { Scope } from '../../src/common/principal.js';
import { generateApiKey, generateKeyId, hashApiKey } from '../../src/modules/api-keys/api-key-secret.js';
import { ApiKeysService } from '../../src/modules/api-keys/api-keys.service.js';
import { PasswordHasher } from '../../src/modules/passwords/password-hasher.js';
import { generateRefreshToken, hashRefreshToken } from '../../src/modules/sessions/refresh-token.js';
import { ActiveSessionsService } from '../../src/modules/sessions/active-sessions.service.js';
import { SessionsService } from '../../src/modules/sessions/sessions.service.js';
import { UserStandingService } from '../../src/modules/users/user-standing.service.js';
import { type Account, insertAccount, insertSession } from './accounts.js';
import { startApp, type TestApp } from './app.js';
import { CALLER } from './caller.js';
import { TestClock } from './clock.js';
import { apiKey, bearer } from './http-client.js';
import { insertPasskey, PASSKEY_ENV } from './passkeys.js';
import { PASSWORD } from './people.js';
import { ACCESS, type Caller, CALLERS, type Target } from '../architecture/access-table.js';

const ACCESS_TOKEN_TTL = 3600;

const SESSION_TTL = 100_000;

let app: TestApp;
let clock: TestClock;
let passwordHash: string;

async function start(): Promise<void> {
  clock = new TestClock();
  app = await startApp({ clock, env: { ...PASSKEY_ENV, ACCESS_TOKEN_TTL: String(ACCESS_TOKEN_TTL) } });
  passwordHash = await app.nest.get(PasswordHasher).hash(PASSWORD);
}

const NO_FACTOR = { emailVerifiedAt: null, totpEnabledAt: null, passkeyCount: 0 };
type Headers = Record<string, string>;

/** A login without the cost of its password. */
async function logIn(account: Account, key?: { id: string; keyId: string }) {
  const user = { id: account.id, role: account.principal.role, ...NO_FACTOR };
  const refresh = key ? { apiKey: { ...key, expiresAt: null } } : { refreshToken: generateRefreshToken() };
  const { sessionId, accessToken } = await app.nest
    .get(SessionsService)
    .open({ user, proof: { kind: 'identity' }, ...refresh }, CALLER);
  return { sessionId, headers: bearer(accessToken) };
}

async function newKey(account: Account, scopes?: Scope[], expiresAt?: Date) {
  const { sessionId } = await logIn(account);
  const principal = { ...account.principal, sessionId };
  const { key, secret } = await app.nest.get(ApiKeysService).create(principal, { scopes, expiresAt });
  return { id: key.id, keyId: key.keyId, secret, headers: apiKey(secret) };
}

const person = (role: 'user' | 'admin' | 'SUPER_ADMIN' = 'user'): Promise<Account> =>
  insertAccount(app.database, { role, passwordHash, isVerified: true });

async function suspend({ id }: Account): Promise<void> {
  const root = await person('SUPER_ADMIN');
  await insertSession(app.database, root);
  await app.nest.get(UserStandingService).change(root.principal, id, { status: 'suspended' });
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
    const { sessionId, headers } = await logIn(owner);
    await app.nest.get(ActiveSessionsService).revoke(sessionId);
    return headers;
  },
};

/** Things of the owner, made anew for each call. */
async function newTarget(owner: Account): Promise<Target> {
  const [artistId, otherArtistId, songId, sessionId, fresh] = [newId(), newId(), newId(), newId(), newId()];
  const passkeyId = await insertPasskey(app.database, owner.id);
  const [keyId, secret, refreshToken] = [generateKeyId(), generateApiKey(), generateRefreshToken()];
  const [{ username }] = await app.database.query(
    `WITH artist AS (
       INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
       VALUES ($2, $1, 'Midnight', 'active', now(), now()), ($10, $1, 'Midnight Duo', 'active', now(), now())
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
      otherArtistId,
    ],
  );
  const login = { email: owner.email, username, password: PASSWORD };
  return {
    userId: owner.id,
    artistId,
    otherArtistId,
    songId,
    keyId,
    passkeyId,
    apiKey: secret,
    fresh,
    refreshToken,
    ...login,
  };
}

/** Tries the routes of the table of access for which `isTried` holds, by every caller. */
export function describeAccess(isTried: (route: string) => boolean): void {
  describe('a guarded route', () => tryRoutes(isTried));
}

function tryRoutes(isTried: (route: string) => boolean): void {
  beforeAll(start);
  afterAll(() => app.close());

  describe.each(Object.entries(ACCESS).filter(([route]) => isTried(route)))(
    'SECURITY 18: %s',
    (route, { expected, path, options }) => {
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
    },
  );
}
