import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSeconds } from '../../src/common/clock.js';
import { inTransaction } from '../../src/database/transaction.js';
import { type OpenedSession, SessionsService } from '../../src/modules/auth/sessions/sessions.service.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { type Account, count, gate, insertAccount, untilWaiting } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { recordQueries } from '../support/queries.js';
import { generateRefreshToken } from '../../src/modules/auth/sessions/refresh-token.js';
import { TestClock } from '../support/clock.js';
import { onPostgres } from '../support/database.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { logIn, makeKey, PASSWORD, type Person, signUp } from '../support/people.js';

const MAX = 5;
const TTL = 1000;

let app: TestApp;
let clock: TestClock;
let sessions: SessionsService;

beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock, env: { SESSIONS_PER_USER_MAX: String(MAX) } });
  sessions = app.nest.get(SessionsService);
});
afterAll(() => app.close());

const someone = (): Promise<Account> => insertAccount(app.database.dataSource);
const open = ({ id }: Account, ttlSeconds = TTL): Promise<OpenedSession> =>
  inTransaction(app.database.dataSource, (manager) =>
    sessions.open(manager, { userId: id, ttlSeconds, refreshable: true }),
  );
const isUsable = async ({ refreshToken = '' }: OpenedSession): Promise<boolean> =>
  (await sessions.findByRefreshToken(refreshToken)) !== undefined;

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

  it('is found by its own token alone, however many are asked about at once, in one statement', async () => {
    const [one, other] = [await open(await someone()), await open(await someone())];
    const over = await open(await someone(), TTL / 2);
    clock.advance(TTL / 2);
    const unknown = generateRefreshToken();
    const asked = [one.refreshToken, unknown, other.refreshToken, over.refreshToken, one.refreshToken];
    const statements = recordQueries(app.database.dataSource);
    const found = await Promise.all(asked.map((token) => sessions.findByRefreshToken(token ?? '')));
    expect(found.map((session) => session?.id)).toEqual([one.id, undefined, other.id, undefined, one.id]);
    expect(statements.filter(({ text }) => text.includes('FROM sessions'))).toHaveLength(1);
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

  it('ends once, and stays ended', async () => {
    const session = await open(await someone());
    expect(await sessions.end(session.id)).toBe(true);
    expect(await sessions.end(session.id)).toBe(false);
    expect(await isUsable(session)).toBe(false);
  });

  it('ends by its refresh token, and says whose it was', async () => {
    const account = await someone();
    const [session, other] = [await open(account), await open(account)];
    expect(await sessions.endByRefreshToken(session.refreshToken ?? '')).toEqual({
      id: session.id,
      userId: account.id,
    });
    expect(await sessions.endByRefreshToken(session.refreshToken ?? '')).toBeUndefined();
    expect([await isUsable(session), await isUsable(other)]).toEqual([false, true]);
  });

  it('keeps only a hash of its refresh token', async () => {
    const { id, refreshToken = '' } = await open(await someone());
    const [row] = await app.database.dataSource.query('SELECT s::text AS text FROM sessions s WHERE id = $1', [id]);
    expect(refreshToken).toMatch(/^[\w-]{43}$/);
    expect(row.text).not.toContain(refreshToken);
    expect(row.text).not.toContain(Buffer.from(refreshToken, 'base64url').toString('hex'));
  });

  it.each(['inactive', 'suspended'] as const)('is not opened for somebody %s', async (status) => {
    const account = await insertAccount(app.database.dataSource, { status });
    await expect(open(account)).rejects.toMatchObject({ code: 'invalid_credentials' });
    expect(await count(app.database.dataSource, 'sessions WHERE user_id = $1', [account.id])).toBe(0);
  });

  it.each(['', 'x', `${'A'.repeat(42)}=`, 'A'.repeat(43), 'A'.repeat(65_536), 'sk_live_x', '\0', '\ud800'])(
    'is not found by a text that is no refresh token of ours (%#)',
    async (text) => {
      expect(await sessions.findByRefreshToken(text)).toBeUndefined();
      expect(await sessions.endByRefreshToken(text)).toBeUndefined();
    },
  );
});

describe('SECURITY 12: the sessions of one person', () => {
  it('are bounded: the oldest goes, nobody else’s', async () => {
    const [account, bystander] = [await someone(), await someone()];
    const other = await open(bystander);
    const opened: OpenedSession[] = [];
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
  ])('end at the very next request where %s takes their place', async (_, logInOnceMore) => {
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

  it('are bounded when twenty logins come at once', async () => {
    const person = await signUp(app);
    await Promise.all(Array.from({ length: 20 }, () => logIn(app, person.email)));
    expect(await count(app.database.dataSource, 'sessions WHERE user_id = $1', [person.id])).toBe(MAX);
  });

  it('are bounded when twenty are opened at the same instant, with no password to wait for', async () => {
    const account = await someone();
    const opened = await Promise.all(Array.from({ length: 20 }, () => open(account)));
    expect(await count(app.database.dataSource, 'sessions WHERE user_id = $1', [account.id])).toBe(MAX);
    const usable = await Promise.all(opened.map((session) => isUsable(session)));
    expect(usable.filter(Boolean)).toHaveLength(MAX);
  });

  it('never lose the one just opened, even when the clock was set back', async () => {
    const account = await someone();
    for (let round = 0; round < MAX; round++) await open(account, 100_000);
    clock.advance(-7200);
    const session = await open(account, 100_000);
    expect(await isUsable(session)).toBe(true);
    clock.advance(7200);
    expect(await count(app.database.dataSource, 'sessions WHERE user_id = $1', [account.id])).toBe(MAX);
  });
});

describe('SECURITY 12: the purge', () => {
  const left = async (): Promise<number> => count(app.database.dataSource, 'sessions');

  it('deletes exactly what had expired and leaves the rest', async () => {
    await app.database.dataSource.query('DELETE FROM sessions');
    const accounts = await Promise.all([someone(), someone()]);
    const [short, exact, long] = await Promise.all([
      open(accounts[0], 10),
      open(accounts[1], 20),
      open(accounts[0], 21),
    ]);
    clock.advance(20);
    expect(await sessions.purgeExpired(clock.now(), 1000)).toBe(2);
    const rows = await app.database.dataSource.query('SELECT id FROM sessions');
    expect(rows).toEqual([{ id: long.id }]);
    expect(await Promise.all([short, exact, long].map(isUsable))).toEqual([false, false, true]);
    expect(await count(app.database.dataSource, 'users WHERE id = ANY($1)', [accounts.map(({ id }) => id)])).toBe(2);
  });

  it('judges by the instant it is given, not by the database’s clock', async () => {
    await app.database.dataSource.query('DELETE FROM sessions');
    const session = await open(await someone(), 50);
    expect(await sessions.purgeExpired(addSeconds(clock.now(), 49), 1000)).toBe(0);
    expect(await isUsable(session)).toBe(true);
  });

  it.each([
    [0, 10],
    [9, 10],
    [10, 10],
    [25, 10],
  ])('goes through %i rows in batches of %i until none is left', async (rows, batchSize) => {
    await app.database.dataSource.query('DELETE FROM sessions');
    const account = await someone();
    await insertSessions(account, rows, -1);
    await insertSessions(account, 3, 1);
    expect(await sessions.purgeExpired(clock.now(), batchSize)).toBe(rows);
    expect(await left()).toBe(3);
  });

  async function insertSessions({ id }: Account, rows: number, secondsFromNow: number): Promise<void> {
    await app.database.dataSource.query(
      `INSERT INTO sessions (id, user_id, created_at, expires_at)
       SELECT gen_random_uuid(), $1, $2, $3 FROM generate_series(1, $4)`,
      [id, clock.now(), addSeconds(clock.now(), secondsFromNow), rows],
    );
  }

  describe.runIf(onPostgres())('on several instances', () => {
    it('deletes each row once, whichever instance does', async () => {
      await app.database.dataSource.query('DELETE FROM sessions');
      const account = await someone();
      await insertSessions(account, 2000, -1);
      await insertSessions(account, 7, 1);
      const deleted = await Promise.all(Array.from({ length: 4 }, () => sessions.purgeExpired(clock.now(), 50)));
      expect(deleted.reduce((sum, part) => sum + part)).toBe(2000);
      expect(await left()).toBe(7);
    });

    it('passes over a row that somebody else holds instead of waiting for it', async () => {
      await app.database.dataSource.query('DELETE FROM sessions');
      const account = await someone();
      await insertSessions(account, 5, -1);
      await app.database.dataSource.transaction(async (manager) => {
        await manager.query('SELECT id FROM sessions ORDER BY id LIMIT 2 FOR UPDATE');
        expect(await sessions.purgeExpired(clock.now(), 100)).toBe(3);
      });
      expect(await sessions.purgeExpired(clock.now(), 100)).toBe(2);
    });
  });
});

describe.runIf(onPostgres())('opening a session while its person is suspended', () => {
  const suspend = (root: Account, { id }: Account): Promise<unknown> =>
    app.nest.get(UsersService).changeStanding(root.principal, id, { status: 'suspended' });
  const leftOf = ({ id }: Account): Promise<number> =>
    count(app.database.dataSource, 'sessions WHERE user_id = $1', [id]);

  it('is waited for by the suspension, which then ends it', async () => {
    const [account, root] = [await someone(), await insertAccount(app.database.dataSource, { role: 'SUPER_ADMIN' })];
    const committed = gate();
    const isOpen = gate();
    const opening = inTransaction(app.database.dataSource, async (manager) => {
      const session = await sessions.open(manager, { userId: account.id, ttlSeconds: TTL, refreshable: true });
      isOpen.open();
      await committed.passed;
      return session;
    });
    await isOpen.passed;
    const suspending = suspend(root, account);
    await untilWaiting(app.database.dataSource, 1);
    committed.open();
    await suspending;
    expect(await isUsable(await opening)).toBe(false);
    expect(await leftOf(account)).toBe(0);
  });

  it('waits for the suspension, and is then refused', async () => {
    const account = await someone();
    const opening = await app.database.dataSource.transaction(async (manager) => {
      await manager.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [account.id]);
      const outcome = expect(open(account)).rejects.toMatchObject({ code: 'invalid_credentials' });
      await untilWaiting(app.database.dataSource, 1);
      return { outcome };
    });
    await opening.outcome;
    expect(await leftOf(account)).toBe(0);
  });

  it('leaves nothing usable behind, whoever comes first, in a hundred rounds', async () => {
    const root = await insertAccount(app.database.dataSource, { role: 'SUPER_ADMIN' });
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
