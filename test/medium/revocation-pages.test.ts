import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RevokedSessions } from '../../src/modules/revocations/revoked-sessions.js';
import { type ReadRevocation, RevocationReader } from '../../src/modules/revocations/revocation-reader.js';
import { Revocations } from '../../src/modules/revocations/revocations.js';
import { startApp } from '../support/app.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { apiKey } from '../support/http-client.js';
import { makeKey, signUp } from '../support/people.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** A reader whose link answers with the database. */
function openReader(pageMax?: number): RevocationReader {
  const query = <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
    database.query<Row>(text, values);
  return new RevocationReader({ ...UNUSED, query }, pageMax);
}

const UNUSED = { isConnected: true, leaseMs: 900, open: () => Promise.resolve(), close: () => Promise.resolve() };

async function revoke(kind: string, count: number, ago = '0 s'): Promise<void> {
  await database.query(
    `INSERT INTO revocations (transaction_id, kind, subject, revoked_at)
     SELECT pg_current_xact_id()::text::bigint, $1, gen_random_uuid(), now() - $3::interval
       FROM generate_series(1, $2::int)`,
    [kind, count, ago],
  );
}

const subjectsOf = async (kind: string, since: string): Promise<string[]> => {
  const sql = 'SELECT subject FROM revocations WHERE kind = $1 AND revoked_at > now() - $2::interval';
  return (await database.query<{ subject: string }>(sql, [kind, since])).map(({ subject }) => subject).sort();
};

async function pagesOf<T>(pages: AsyncGenerator<readonly T[], unknown>): Promise<T[][]> {
  const all: T[][] = [];
  for await (const page of pages) all.push([...page]);
  return all;
}

describe('the reader of revocations', () => {
  it('reads the sessions of the last hour in pages, and neither older ones nor keys', async () => {
    await revoke('session', 4, '2 h');
    await revoke('api_key', 5);
    await revoke('session', 7, '10 min');
    await revoke('key_bound_session', 2);
    const pages = await pagesOf(openReader(3).subjects('session', 3600));
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(pages.flat().sort()).toEqual(await subjectsOf('session', '1 h'));
  });

  it('reads what was revoked since a snapshot once, in pages', async () => {
    const reader = openReader(3);
    const since = await reader.snapshot();
    for (const kind of ['session', 'api_key', 'owner', 'key_bound_session']) await revoke(kind, 2);
    const changes = reader.changes(since);
    const seen: ReadRevocation[] = [];
    let page = await changes.next();
    for (; !page.done; page = await changes.next()) {
      expect(page.value.length).toBeLessThanOrEqual(3);
      seen.push(...page.value);
    }
    const rows = await database.query('SELECT kind, subject FROM revocations ORDER BY id DESC LIMIT 8');
    expect(seen).toEqual(rows.reverse());
    expect(await pagesOf(reader.changes(page.value))).toEqual([]);
  });

  it.runIf(onPostgres())('reads a transaction that commits late, and no other row again', async () => {
    const reader = openReader();
    const subject = randomUUID();
    let since = '';
    await database.transaction(async (manager) => {
      await manager.query(
        `INSERT INTO revocations (transaction_id, kind, subject, revoked_at)
         VALUES (pg_current_xact_id()::text::bigint, 'session', $1, now())`,
        [subject],
      );
      const before = await reader.snapshot();
      await revoke('session', 5);
      const changes = reader.changes(before);
      let page = await changes.next();
      expect((page.value as ReadRevocation[]).map((one) => one.subject)).not.toContain(subject);
      while (!page.done) page = await changes.next();
      since = page.value;
      // While it runs, what was read is not read again.
      expect(await pagesOf(reader.changes(since))).toEqual([]);
    });
    expect(await pagesOf(reader.changes(since))).toEqual([[{ kind: 'session', subject }]]);
  });

  it('asks for less after a page that came too late, and for all again once it has read everything', async () => {
    const limits: number[] = [];
    let fails = 2;
    const reader = new RevocationReader({
      ...UNUSED,
      query: async <Row extends object>(text: string, values: unknown[]) => {
        if (text.includes('LIMIT $')) {
          limits.push(Number(values.at(-1)));
          if (fails-- > 0) throw new Error('Query read timeout');
        }
        return database.query<Row>(text, values);
      },
    });
    await revoke('session', 1);
    for (let i = 0; i < 2; i++) await expect(pagesOf(reader.subjects('session', 3600))).rejects.toThrow('timeout');
    await pagesOf(reader.subjects('session', 3600));
    await pagesOf(reader.subjects('session', 3600));
    expect([...new Set(limits)]).toEqual([20_000, 10_000, 5000]);
    expect(limits.at(-1)).toBe(20_000);
  });
});

describe('ended sessions', () => {
  it('are kept as long as a token of their kind can live', () => {
    const sessions = new RevokedSessions({ session: 3600, key_bound_session: 86_400 });
    sessions.add('session', 'a', 0);
    sessions.add('key_bound_session', 'b', 0);
    sessions.dropExpired(3_600_000 - 1);
    expect([sessions.has('a'), sessions.has('b'), sessions.size]).toEqual([true, true, 2]);
    sessions.dropExpired(3_600_000);
    expect([sessions.has('a'), sessions.has('b'), sessions.size]).toEqual([false, true, 1]);
    sessions.dropExpired(86_400_000);
    expect([sessions.has('b'), sessions.size]).toEqual([false, 0]);
  });
});

describe('an instance that starts', () => {
  it('refuses what ended before: a session, and one that was bound to an API key', async () => {
    const first = await startApp({ database });
    const person = await signUp(first);
    const { apiKey: key, keyId } = await makeKey(first, person);
    const form = { username: person.email, password: person.password };
    const feed = await first.http.post('/auth', { headers: apiKey(key), form });
    expect(feed.status).toBe(200);
    await first.http.delete(`/api/auth/keys/${keyId}`, { headers: person.headers });
    await first.http.post('/api/auth/logout', { headers: person.headers });
    const kinds = await database.query('SELECT kind FROM revocations ORDER BY id DESC LIMIT 3');
    expect(kinds.map(({ kind }) => kind as string).sort()).toEqual(['api_key', 'key_bound_session', 'session']);
    await first.close();
    await database.connect();
    const second = await startApp({ database });
    onTestFinished(() => second.close());
    const revocations = second.nest.get(Revocations);
    await expect.poll(() => revocations.isCurrent()).toBe(true);
    const ended = await database.query<{ subject: string }>(
      `SELECT subject FROM revocations WHERE kind IN ('session', 'key_bound_session') ORDER BY id DESC LIMIT 2`,
    );
    expect(ended.map(({ subject }) => revocations.isRevoked(subject))).toEqual([true, true]);
    expect((await second.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
  });

  it.runIf(onPostgres())(
    'and loses its connection neither uses what it had cached nor waits for it to come back',
    async () => {
      // Only the connection for revocations leads through it.
      const proxy = new DatabaseProxy(new URL(database.url));
      await proxy.start();
      onTestFinished(() => proxy.stop());
      await database.connect();
      const app = await startApp({ database: await database.through(database.url, { directUrl: proxy.url }) });
      onTestFinished(() => app.close());
      const person = await signUp(app);
      const [asked, unasked] = [await makeKey(app, person), await makeKey(app, person)];
      const statusWith = async (key: { apiKey: string }): Promise<number> =>
        (await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status;
      const revocations = app.nest.get(Revocations);
      // Keys are cached only while it is.
      await expect.poll(() => revocations.isCurrent()).toBe(true);
      expect([await statusWith(asked), await statusWith(unasked)]).toEqual([200, 200]);

      await proxy.stop();
      await expect.poll(() => revocations.isCurrent()).toBe(false);
      await database.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [person.id]);
      expect(await statusWith(asked)).toBe(401);
      await revocations.catchUp();
      expect(revocations.isCurrent()).toBe(false);

      await proxy.start();
      await expect.poll(() => revocations.isCurrent()).toBe(true);
      expect(await statusWith(unasked)).toBe(401);
    },
  );
});
