import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { newId } from '../../src/common/ids.js';
import { contractOf } from '../../src/http/output/contract.js';
import { generateApiKey, generateKeyId, hashApiKey } from '../../src/modules/api-keys/api-key-secret.js';
import { generateRefreshToken } from '../../src/modules/sessions/refresh-token.js';
import { SessionsService } from '../../src/modules/sessions/sessions.service.js';
import type { Driver } from '../conformance/driver.js';
import { api } from '../conformance/drivers/api.js';
import { apiV1 } from '../conformance/drivers/api-v1.js';
import { feed } from '../conformance/drivers/feed.js';
import { v1 } from '../conformance/drivers/v1.js';
import { type Account, cheapHash, insertAccount } from '../support/accounts.js';
import { CALLER } from '../support/caller.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { insertPasskey, PASSKEY_ENV } from '../support/passkeys.js';
import { claimsOf } from '../support/tokens.js';
import { ACCESS, type Access, type Target } from '../architecture/access-table.js';
import type { Route } from '../architecture/routes-of.js';

/**
 * All that a limited session may do: read the own account, lift the limit, leave. The list is the published one; in the
 * code it is where `@AllowLimitedSession()` stands.
 */
const ALLOWED: readonly Route[] = [
  // reading oneself and one's security page
  'GET /api/users/me',
  'GET /api/users/me/security',
  'GET /v1/user/profile',
  // logging out, listing and ending sessions; a refresh needs no session
  'POST /api/auth/logout',
  'POST /api/v1/auth/logout',
  'POST /v1/auth/logout',
  'GET /api/auth/sessions',
  'DELETE /api/auth/sessions',
  'DELETE /api/auth/sessions/:id',
  // confirming and changing the password
  'POST /api/auth/reauthenticate',
  'POST /api/users/me/password',
  // verifying and changing the address
  'POST /api/users/me/email',
  'POST /api/users/me/email/verify',
  'POST /api/users/me/email/resend',
  // setting up a factor
  'POST /api/users/me/totp',
  'POST /api/users/me/totp/verify',
  'POST /api/users/me/passkeys/options',
  'POST /api/users/me/passkeys',
  // taking the data along, and going
  'GET /api/users/me/export',
  'DELETE /api/users/me',
];

const DRIVERS: readonly Driver[] = [api, apiV1, v1, feed];
const PASSWORD = 'SecurePass123!';

let app: MailApp;
let passwordHash: string;
beforeAll(async () => {
  app = await startMailApp({
    env: { ...PASSKEY_ENV, EMAIL_VERIFICATION: 'required', SECOND_FACTOR_REQUIRED_FOR: 'user' },
  });
  passwordHash = await cheapHash(PASSWORD);
});
afterAll(() => app.close());

/** The driver of the contract that a route belongs to. */
function driverOf(path: string): Driver {
  const { prefix } = contractOf(path, CONTRACTS, FALLBACK_CONTRACT);
  const driver = DRIVERS.find(({ contract }) => contract === (prefix === '' ? '/ (feed)' : `/${prefix}`));
  if (!driver) throw new Error(`No driver speaks the contract of ${path}`);
  return driver;
}

/**
 * Things of the owner, so that nothing but the limit can refuse. With a limit, no passkey: such a session adds no factor to
 * one that its user has.
 */
async function newTarget({ id, email }: Account, limit: Limit | undefined): Promise<Target> {
  const [artistId, otherArtistId, songId, fresh] = [newId(), newId(), newId(), newId()];
  const [keyId, secret] = [generateKeyId(), generateApiKey()];
  const passkeyId = limit ? newId() : await insertPasskey(app.database, id);
  await app.database.query(
    `WITH artist AS (
       INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
       VALUES ($2, $1, 'Midnight', 'active', now(), now()), ($3, $1, 'Midnight Duo', 'active', now(), now())
     ), song AS (
       INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
       VALUES ($4, $2, $1, 'City Lights', now(), now())
     )
     INSERT INTO api_keys (id, key_id, user_id, name, secret_hash, scopes, created_at)
     VALUES (gen_random_uuid(), $5, $1, 'API key', $6, '{artists:read}', now())`,
    [id, artistId, otherArtistId, songId, keyId, hashApiKey(secret)],
  );
  return {
    ...{ userId: id, artistId, otherArtistId, songId, keyId, passkeyId, apiKey: secret, fresh },
    ...{ refreshToken: '', email, username: '', password: PASSWORD },
  };
}

type Limit = 'email_not_verified' | 'second_factor_setup_required';

/** Opens a session of a SUPER_ADMIN, so that no role refuses it; undefined for one without a limit. */
async function logIn({ id }: Account, limit: Limit | undefined): Promise<string> {
  const sessions = app.nest.get(SessionsService);
  const emailVerifiedAt = limit === 'email_not_verified' ? null : new Date();
  await app.database.query('UPDATE users SET email_verified_at = $2 WHERE id = $1', [id, emailVerifiedAt]);
  const user = { id, role: 'SUPER_ADMIN', emailVerifiedAt, totpEnabledAt: null, passkeyCount: 0 } as const;
  const refreshToken = generateRefreshToken();
  const { accessToken } = await sessions.open({ user, proof: { kind: 'identity' }, refreshToken }, CALLER);
  if (limit) return accessToken;
  await app.database.query('UPDATE users SET totp_enabled_at = now() WHERE id = $1', [id]);
  await app.database.query('UPDATE sessions SET second_factor = true WHERE user_id = $1', [id]);
  return (await sessions.refresh(refreshToken)).accessToken;
}

/** Whether a session alone is not enough. */
const needsKey = ({ user, feed: withBoth }: Access['expected']): boolean => user === 401 && withBoth === 200;

/** What a SUPER_ADMIN gets for things of their own. */
function statusOfOwner(route: string, expected: Access['expected']): number {
  // Unlike the users of the table, this one has TOTP.
  if (route === 'POST /api/users/me/recovery-codes') return 201;
  if (needsKey(expected)) return expected.feed;
  return expected.user === 403 ? expected.SUPER_ADMIN : expected.user;
}

/** Calls a route with a new session. */
async function call(route: string, limit?: Limit): Promise<HttpAnswer> {
  const [method, pattern] = route.split(' ') as [string, string];
  const account = await insertAccount(app.database, { role: 'SUPER_ADMIN', passwordHash });
  const target = await newTarget(account, limit);
  const accessToken = await logIn(account, limit);
  const { aud, limit: claimed } = claimsOf(accessToken);
  expect([aud, claimed]).toEqual([limit ? 'stagedoor#limited' : 'stagedoor', limit]);
  const { path, options, expected } = ACCESS[route as Route];
  const values = [...path(target)];
  const url = pattern.replace(/:\w+/g, () => values.shift() ?? '');
  const headers = { ...bearer(accessToken), ...(needsKey(expected) && apiKey(target.apiKey)) };
  return app.http.call(method, url, { ...options(target), headers });
}

/** The routes that ask for credentials: those that answer nobody with 401. */
const GUARDED = Object.entries(ACCESS).filter(
  ([route, { expected }]) => expected.nobody === 401 && !['POST /auth', 'POST /api/auth/passkey'].includes(route),
);

/** What an unverified address keeps from everyone, limited or not. A credential is read before that. */
const NEEDS_VERIFIED_ADDRESS: readonly string[] = ['POST /api/users/me/totp', 'POST /api/users/me/passkeys/options'];

describe('ACCOUNTS 51: a limited session', () => {
  it('is allowed only routes that exist', () => {
    expect(ALLOWED.filter((route) => !(route in ACCESS))).toEqual([]);
    expect(GUARDED.length).toBeGreaterThan(ALLOWED.length);
  });

  describe.each(['email_not_verified', 'second_factor_setup_required'] as const)('with the limit %s', (limit) => {
    it.each(GUARDED.filter(([route]) => ALLOWED.includes(route as Route)))('may %s', async (route, { expected }) => {
      const answer = await call(route, limit);
      const isRefused = limit === 'email_not_verified' && NEEDS_VERIFIED_ADDRESS.includes(route);
      // What answers other users of the role in the same way: a wrong password, an unknown code.
      expect(answer.status, answer.text).toBe(isRefused ? 403 : expected.SUPER_ADMIN);
    });

    it.each(GUARDED.filter(([route]) => !ALLOWED.includes(route as Route)))('may not %s', async (route) => {
      const answer = await call(route, limit);
      driverOf(route.split(' ')[1] ?? '').expectRefusal(answer, limit);
    });
  });
});

describe('a session without a limit', () => {
  it.each(GUARDED.filter(([route]) => !ALLOWED.includes(route as Route)))('may %s', async (route, { expected }) => {
    const answer = await call(route);
    expect(answer.status, answer.text).toBe(statusOfOwner(route, expected));
  });
});
