import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds, CLOCK_TOLERANCE_SECONDS } from '../../src/common/clock.js';
import { ActiveSessionsService, RECENT_LOGIN_SECONDS } from '../../src/modules/sessions/active-sessions.service.js';
import { RefreshTokens } from '../../src/modules/sessions/refresh-tokens.js';
import { SessionsService } from '../../src/modules/sessions/sessions.service.js';
import { UserStandingService } from '../../src/modules/users/user-standing.service.js';
import { type Account, count, gate, insertAccount, insertLoggedIn, untilWaiting } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { recordQueries } from '../support/queries.js';
import { generateRefreshToken } from '../../src/modules/sessions/refresh-token.js';
import { TestClock } from '../support/clock.js';
import { onPostgres } from '../support/database.js';
import { withDeadlock } from '../support/deadlock.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { logIn, makeKey, PASSWORD, type Person, signUp } from '../support/people.js';

const NO_FACTOR = { emailVerifiedAt: null, totpEnabledAt: null, passkeyCount: 0 };
const MAX = 5;
const TTL = 1000;

let app: TestApp;
let clock: TestClock;
let sessions: SessionsService;
let active: ActiveSessionsService;
let refreshTokens: RefreshTokens;

beforeAll(async () => {
  clock = new TestClock();
  const env = { SESSIONS_PER_USER_MAX: String(MAX), REFRESH_TOKEN_TTL: String(TTL), ACCESS_TOKEN_TTL: String(TTL) };
  app = await startApp({ clock, env });
  sessions = app.nest.get(SessionsService);
  active = app.nest.get(ActiveSessionsService);
  refreshTokens = app.nest.get(RefreshTokens, { strict: false });
});
afterAll(() => app.close());

const someone = (): Promise<Account> => insertAccount(app.database);

interface Opened {
  readonly id: string;
  readonly refreshToken: string;
}

/** Without `manager`, in a transaction of its own. */
async function open({ id, principal: { role } }: Account, ttlSeconds = TTL, manager?: EntityManager): Promise<Opened> {
  const refreshToken = generateRefreshToken();
  const { sessionId } = await sessions.open(
    { user: { id, role, ...NO_FACTOR }, proof: { kind: 'identity' }, refreshToken },
    CALLER,
    manager,
  );
  if (ttlSeconds !== TTL) {
    const expiresAt = addSeconds(clock.now(), ttlSeconds);
    await app.database.query('UPDATE sessions SET expires_at = $2 WHERE id = $1', [sessionId, expiresAt]);
  }
  return { id: sessionId, refreshToken };
}

const isUsable = async ({ refreshToken }: Opened): Promise<boolean> =>
  (await refreshTokens.redeem(refreshToken)) !== undefined;

/** How often the end of a session was recorded. */
const endingsOf = ({ id }: Opened): number =>
  app.logLines.filter((line) => line.includes('"session.ended"') && line.includes(id)).length;

describe('SECURITY 8: a session', () => {
  it('is live until one second before its end, and not one second after', async () => {
    const session = await open(await someone());
    clock.advance(TTL - 1);
    expect(await isUsable(session)).toBe(true);
    clock.advance(1);
    expect(await isUsable(session)).toBe(false);
    clock.advance(1);
    expect(await isUsable(session)).toBe(false);
  });

  it('is found by its own refresh token, in one statement', async () => {
    const [one, other] = [await open(await someone()), await open(await someone())];
    const statements = recordQueries(app.database.dataSource);
    const found = await Promise.all([one, other].map(({ refreshToken }) => refreshTokens.redeem(refreshToken)));
    expect(found.map((redeemed) => redeemed?.session.id)).toEqual([one.id, other.id]);
    expect(statements.filter(({ text }) => text.includes('FROM sessions'))).toHaveLength(2);
  });

  it('is not kept alive by being used', async () => {
    const session = await open(await someone());
    for (let round = 0; round < 3; round++) {
      clock.advance(TTL / 4);
      expect(await isUsable(session)).toBe(true);
    }
    clock.advance(TTL / 4);
    expect(await isUsable(session)).toBe(false);
  });

  it('is revoked once, and stays revoked', async () => {
    const session = await open(await someone());
    await active.revoke(session.id);
    await active.revoke(session.id);
    expect(await isUsable(session)).toBe(false);
    expect(endingsOf(session)).toBe(1);
  });

  it('is revoked by its refresh token, and no other session is', async () => {
    const account = await someone();
    const [session, other] = [await open(account), await open(account)];
    await active.revokeByRefreshToken(session.refreshToken);
    await active.revokeByRefreshToken(session.refreshToken);
    expect([await isUsable(session), await isUsable(other)]).toEqual([false, true]);
    expect([endingsOf(session), endingsOf(other)]).toEqual([1, 0]);
  });

  it.each([
    [0, true],
    [CLOCK_TOLERANCE_SECONDS, true],
    [CLOCK_TOLERANCE_SECONDS + 1, false],
  ])('that was opened by a clock %i s ahead is recent: %j', async (ahead, isRecent) => {
    const { id } = await open(await someone());
    const openedAt = addSeconds(clock.now(), ahead);
    await app.database.query('UPDATE sessions SET authenticated_at = $2 WHERE id = $1', [id, openedAt]);
    expect(await active.recentUntil(id)).toEqual(isRecent ? addSeconds(openedAt, RECENT_LOGIN_SECONDS) : undefined);
  });

  it('keeps only a hash of its refresh token', async () => {
    const { id, refreshToken } = await open(await someone());
    const [row] = await app.database.query('SELECT s::text AS text FROM sessions s WHERE id = $1', [id]);
    expect(refreshToken).toMatch(/^[\w-]{43}$/);
    expect(row.text).not.toContain(refreshToken);
    expect(row.text).not.toContain(Buffer.from(refreshToken, 'base64url').toString('hex'));
  });

  it.each(['user', 'SUPER_ADMIN'] as const)(
    'is not opened for an admin who became %s since the login read the role',
    async (role) => {
      const account = await insertAccount(app.database, { role: 'admin' });
      await app.database.query('UPDATE users SET role = $2 WHERE id = $1', [account.id, role]);
      await expect(open(account)).rejects.toMatchObject({ code: 'invalid_credentials' });
      expect(await count(app.database, 'sessions WHERE user_id = $1', [account.id])).toBe(0);
    },
  );

  it.each(['inactive', 'suspended'] as const)('is not opened for a user who is %s', async (status) => {
    const account = await insertAccount(app.database, { status });
    await expect(open(account)).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await count(app.database, 'sessions WHERE user_id = $1', [account.id])).toBe(0);
  });

  it.each(['', 'x', `${'A'.repeat(42)}=`, 'A'.repeat(43), 'A'.repeat(65_536), 'sk_live_x', '\0', '\ud800'])(
    'is not found by a string that is not a refresh token (%#)',
    async (text) => {
      expect(await refreshTokens.redeem(text)).toBeUndefined();
      const before = await count(app.database, 'sessions');
      await active.revokeByRefreshToken(text);
      expect(await count(app.database, 'sessions')).toBe(before);
    },
  );
});

describe('SECURITY 12: the sessions of one user', () => {
  it('are limited: the oldest is revoked, and none of another user', async () => {
    const [account, bystander] = [await someone(), await someone()];
    const other = await open(bystander);
    const opened: Opened[] = [];
    for (let round = 0; round < MAX + 2; round++) {
      clock.advance(1);
      opened.push(await open(account));
    }
    const usable = await Promise.all(opened.map(isUsable));
    expect(usable).toEqual([false, false, ...Array<boolean>(MAX).fill(true)]);
    expect(await isUsable(other)).toBe(true);
  });

  it.each<[string, (person: Person, key: string) => Promise<HttpAnswer>]>([
    ['a login', ({ email }) => app.http.post('/api/auth/login', { json: { email, password: PASSWORD } })],
    [
      'a login of the feed',
      ({ email }, key) =>
        app.http.post('/auth', { headers: apiKey(key), json: { username: email, password: PASSWORD } }),
    ],
  ])('are refused from the next request on where %s takes their place', async (_, logInOnceMore) => {
    const person = await signUp(app);
    const { apiKey: key } = await makeKey(app, person);
    clock.advance(1);
    for (let round = 1; round < MAX; round++) await logIn(app, person.email);
    const status = async (): Promise<number> =>
      (await app.http.get('/api/users/me', { headers: person.headers })).status;
    expect(await status()).toBe(200);
    expect((await logInOnceMore(person, key)).status).toBe(200);
    expect(await status()).toBe(401);
  });

  it('are limited when twenty logins arrive at once', async () => {
    const person = await signUp(app);
    await Promise.all(Array.from({ length: 20 }, () => logIn(app, person.email)));
    expect(await count(app.database, 'sessions WHERE user_id = $1', [person.id])).toBe(MAX);
  });

  it('are limited when twenty are opened at the same instant, without the delay of a password', async () => {
    const account = await someone();
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(account)));
    expect(await count(app.database, 'sessions WHERE user_id = $1', [account.id])).toBe(MAX);
    const usable = await Promise.all(opened.map((session) => isUsable(session)));
    expect(usable.filter(Boolean)).toHaveLength(MAX);
  });

  it('always include the newest, even after the clock was set back', async () => {
    const account = await someone();
    for (let round = 0; round < MAX; round++) await open(account, 100_000);
    clock.advance(-7200);
    const session = await open(account, 100_000);
    expect(await isUsable(session)).toBe(true);
    clock.advance(7200);
    expect(await count(app.database, 'sessions WHERE user_id = $1', [account.id])).toBe(MAX);
  });
});

describe('SECURITY 30: revoking many sessions', () => {
  it('is repeated after a deadlock, for all other sessions of the user', async () => {
    const account = await someone();
    const [own, ...others] = [await open(account), await open(account), await open(account)];
    await withDeadlock(app.database, 'DELETE ON sessions', () =>
      active.revokeOthers({ ...account.principal, sessionId: own.id }),
    );
    expect(await Promise.all([own, ...others].map(isUsable))).toEqual([true, false, false]);
  });

  it('is repeated after a deadlock, for all sessions of a managed user', async () => {
    const [account, root] = [await someone(), await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' })];
    const opened = [await open(account), await open(account)];
    await withDeadlock(app.database, 'DELETE ON sessions', () => active.revokeAllOf(root.principal, account.id));
    expect(await Promise.all(opened.map(isUsable))).toEqual([false, false]);
  });
});

describe.runIf(onPostgres())('opening a session while its user is being suspended', () => {
  const suspend = (root: Account, { id }: Account): Promise<unknown> =>
    app.nest.get(UserStandingService).change(root.principal, id, { status: 'suspended' });
  const leftOf = ({ id }: Account): Promise<number> => count(app.database, 'sessions WHERE user_id = $1', [id]);

  it('makes the suspension wait, which then revokes the session', async () => {
    const [account, root] = [await someone(), await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' })];
    const committed = gate();
    const isOpen = gate();
    const opening = app.database.transaction(async (manager) => {
      const session = await open(account, TTL, manager);
      isOpen.open();
      await committed.passed;
      return session;
    });
    await isOpen.passed;
    const suspending = suspend(root, account);
    await untilWaiting(app.database, 1);
    committed.open();
    await suspending;
    expect(await isUsable(await opening)).toBe(false);
    expect(await leftOf(account)).toBe(0);
  });

  it('waits for the suspension, and is refused after it', async () => {
    const account = await someone();
    const opening = await app.database.transaction(async (manager) => {
      await manager.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [account.id]);
      const outcome = expect(open(account)).rejects.toMatchObject({ code: 'invalid_credentials' });
      await untilWaiting(app.database, 1);
      return { outcome };
    });
    await opening.outcome;
    expect(await leftOf(account)).toBe(0);
  });

  it('leaves no usable session behind, whichever comes first, in a hundred rounds', async () => {
    const root = await insertLoggedIn(app.database, { role: 'SUPER_ADMIN' });
    for (let round = 0; round < 100; round++) {
      const account = await someone();
      const outcomes = await Promise.allSettled(
        round % 2 === 0
          ? [open(account), suspend(root, account), open(account)]
          : [suspend(root, account), open(account), open(account)],
      );
      const suspended = outcomes[round % 2 === 0 ? 1 : 0];
      expect(suspended.status).toBe('fulfilled');
      expect(await leftOf(account)).toBe(0);
    }
  });
});
