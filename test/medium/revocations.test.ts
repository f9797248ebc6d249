import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import type { ReadRevocation } from '../../src/modules/revocations/revocation-reader.js';
import { Revocations } from '../../src/modules/revocations/revocations.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { apiKey } from '../support/http-client.js';
import { logIn, makeKey, signUp, superAdmin } from '../support/people.js';

/** How often `work` makes the app take a connection of its pool: any statement needs one, prepared or not. */
async function poolUses(dataSource: DataSource, work: () => Promise<void>): Promise<number> {
  const { master } = dataSource.driver as PostgresDriver;
  const pool = master as Record<'on' | 'off', (event: 'acquire', listener: () => void) => void>;
  let uses = 0;
  const count = (): void => void uses++;
  pool.on('acquire', count);
  await work();
  pool.off('acquire', count);
  return uses;
}

describe('a revocation', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    stopBackgroundWork(app);
  });
  afterAll(() => app.close());

  it('costs nothing to check: a call with a token that needs no data sends the database no statement', async () => {
    const person = await signUp(app);
    // The guards let the token through; the missing name is refused before any service is asked.
    const call = async (): Promise<void> => {
      // On a busy machine the view may become stale between two of its own queries.
      // (The embedded one's never does, and asks through the pool.)
      if (onPostgres()) await app.nest.get(Revocations).catchUp();
      expect((await app.http.post('/api/artists', { headers: person.headers, json: {} })).status).toBe(400);
    };
    const uses = await poolUses(app.database.dataSource, async () => {
      for (let i = 0; i < 100; i++) await call();
    });
    expect(uses).toBe(0);
    const counted = await poolUses(app.database.dataSource, async () => {
      await app.http.get('/api/users/me', { headers: person.headers });
    });
    expect(counted).toBeGreaterThan(0);
  });

  it('notifies the caches once per page of revocations', async () => {
    const revocations = app.nest.get(Revocations);
    const pages: ReadRevocation[][] = [];
    revocations.subscribe({ revoked: (page) => void pages.push([...page]), missed: () => undefined });
    const subjects = Array.from({ length: 300 }, newId);
    await app.database.query(
      `INSERT INTO revocations (transaction_id, kind, subject, revoked_at)
       SELECT pg_current_xact_id()::text::bigint, 'owner', subject, now() FROM unnest($1::uuid[]) AS subject`,
      [subjects],
    );
    await revocations.catchUp();
    const owners = pages.map((page) => page.map(({ subject }) => subject).filter((one) => subjects.includes(one)));
    expect(owners.filter((page) => page.length > 0)).toEqual([subjects]);
  });

  it('holds for whatever ends a session, at a console too', async () => {
    const [deleted, suspended, promoted] = [await signUp(app), await signUp(app), await signUp(app)];
    const { database } = app;
    await database.query('DELETE FROM users WHERE id = $1', [deleted.id]);
    await database.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [suspended.id]);
    await database.query(`UPDATE users SET role = 'admin' WHERE id = $1`, [promoted.id]);
    await app.nest.get(Revocations).catchUp();
    for (const person of [deleted, suspended, promoted]) {
      expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    }
  });
});

describe.runIf(onPostgres())('a revocation on one of two instances', () => {
  let database: TestDatabase;
  let here: TestApp;
  let there: TestApp;
  beforeAll(async () => {
    database = await openTestDatabase();
    here = await startApp({ database });
    there = await startApp({ database: await database.anotherPool() });
  });
  afterAll(async () => {
    await here.close();
    await there.close();
    await database.close();
  });

  const statusThere = async (headers: Record<string, string>): Promise<number> =>
    (await there.http.get('/api/users/me', { headers })).status;
  /** Each try is a real call. test/cluster/instances.test.ts holds the second that is promised. */
  const refusedThere = (headers: Record<string, string>): Promise<void> =>
    expect.poll(() => statusThere(headers)).toBe(401);

  it('SECURITY 9: logout, suspension, change of role and deletion are refused on the other', async () => {
    const root = await superAdmin(here);
    const people = [await signUp(here), await signUp(here), await signUp(here), await signUp(here)] as const;
    for (const person of people) expect(await statusThere(person.headers)).toBe(200);
    const [loggedOut, suspended, promoted, deleted] = people;
    await here.http.post('/api/auth/logout', { headers: loggedOut.headers });
    await refusedThere(loggedOut.headers);
    await here.http.patch(`/api/users/${suspended.id}`, { headers: root.headers, json: { status: 'suspended' } });
    await refusedThere(suspended.headers);
    await here.http.patch(`/api/users/${promoted.id}`, { headers: root.headers, json: { role: 'admin' } });
    await refusedThere(promoted.headers);
    await here.http.delete(`/api/users/${deleted.id}`, { headers: root.headers });
    await refusedThere(deleted.headers);
  });

  it('SECURITY 23: a key that was deleted, or whose owner was suspended, is refused on the other', async () => {
    const root = await superAdmin(here);
    const person = await signUp(here);
    const [deleted, rests] = [await makeKey(here, person), await makeKey(here, person)];
    for (const key of [deleted, rests]) expect(await statusThere(apiKey(key.apiKey))).toBe(200);
    await here.http.delete(`/api/auth/keys/${deleted.keyId}`, { headers: person.headers });
    await refusedThere(apiKey(deleted.apiKey));
    await here.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { status: 'suspended' } });
    await refusedThere(apiKey(rests.apiKey));
  });

  it('holds while the connection that tells of it is cut, and the connection comes back by itself', async () => {
    const person = await signUp(here);
    expect(await statusThere(person.headers)).toBe(200);
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'stagedoor-revocations'`,
    );
    await here.http.post('/api/auth/logout', { headers: person.headers });
    await refusedThere(person.headers);
    await expect.poll(() => there.nest.get(Revocations).isCurrent()).toBe(true);
    const again = await logIn(here, person.email);
    await here.http.post('/api/auth/logout', { headers: again.headers });
    await refusedThere(again.headers);
  });

  it('ends every access token when the signing keys are dropped, and no session', async () => {
    const person = await signUp(here);
    expect(await statusThere(person.headers)).toBe(200);
    await database.query('DELETE FROM signing_keys');
    await refusedThere(person.headers);
    // One of them has made a new key by now, or is about to.
    const refresh = (): Promise<number> =>
      there.http
        .post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } })
        .then(({ status }) => status);
    await expect.poll(refresh).toBe(200);
  });

  it('is known to an instance that starts later', async () => {
    const person = await signUp(here);
    await here.http.post('/api/auth/logout', { headers: person.headers });
    const own = await database.anotherPool();
    const later = await startApp({ database: own });
    await expect.poll(() => later.nest.get(Revocations).isCurrent()).toBe(true);
    expect((await later.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    await later.close();
  });
});
