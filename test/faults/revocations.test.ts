import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Findings } from '../support/findings.js';
import type { HttpClient } from '../support/http-client.js';
import { bearer } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { residentBytes } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const ROWS = 3_000_000;
const PATIENCE = { timeout: 120_000, interval: 100 };

const findings = new Findings(`${ROWS} revocations of the last hour`);
let postgres: PrivatePostgres;
const servers: ServerProcess[] = [];
beforeAll(async () => {
  postgres = await PrivatePostgres.start(['max_wal_size=8GB']);
  await postgres.createDatabase('crowd');
});
afterAll(async () => {
  for (const server of servers) server.signal('SIGKILL');
  await Promise.all(servers.map((server) => server.ended));
  await postgres.remove();
  findings.print();
});

const SECRET = randomBytes(32).toString('hex');
async function start(): Promise<{ server: ServerProcess; http: HttpClient }> {
  const server = ServerProcess.start({
    DATABASE_URL: postgres.urlOf('crowd'),
    APP_SECRET: SECRET,
    RATE_LIMIT_ENABLED: 'false',
    METRICS_ENABLED: 'true',
  });
  servers.push(server);
  return { server, http: await server.http() };
}

const ask = (text: string): Promise<Record<string, unknown>[]> => postgres.query(text, [], 'crowd');

/** Each was recorded by a transaction of its own. Its indexes are built afterwards, which is faster. */
async function insertRevocations(): Promise<void> {
  const indexes = await ask(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes
      WHERE tablename = 'revocations' AND indexname <> 'revocations_pkey'`,
  );
  for (const { name } of indexes) await ask(`DROP INDEX ${String(name)}`);
  await ask(
    `INSERT INTO revocations (transaction_id, kind, subject, revoked_at)
     SELECT pg_current_xact_id()::text::bigint - ${ROWS} + i, 'session', gen_random_uuid(),
            now() - interval '50 min' + i * interval '1 ms'
       FROM generate_series(1, ${ROWS}) AS i`,
  );
  for (const { definition } of indexes) await ask(String(definition));
  await ask('ANALYZE revocations');
}

async function metric(http: HttpClient, name: string): Promise<number> {
  const { text } = await http.get('/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

const isCurrent = (http: HttpClient): Promise<void> =>
  vi.waitFor(async () => expect(await metric(http, 'stagedoor_revocation_feed_sure')).toBe(1), PATIENCE);

async function signUp(http: HttpClient): Promise<Record<string, string>> {
  const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
  return bearer((await http.post('/api/auth/signup', { json })).body.data.token);
}

const statusOf = async (http: HttpClient, headers: Record<string, string>): Promise<number> =>
  (await http.get('/api/users/me', { headers })).status;

describe('three million revocations', () => {
  it('SECURITY 9: keep no instance from checking tokens in memory, whether it starts or reconnects', async () => {
    const { http: first } = await start();
    const [loggedOut, stays] = [await signUp(first), await signUp(first)];
    await insertRevocations();
    await first.post('/api/auth/logout', { headers: loggedOut });

    const startedAt = performance.now();
    const { server, http } = await start();
    await isCurrent(http);
    findings.note('a start until tokens are checked in memory', `${Math.round(performance.now() - startedAt)} ms`);
    expect(await metric(http, 'stagedoor_ended_sessions_remembered')).toBeGreaterThanOrEqual(ROWS);
    expect([await statusOf(http, loggedOut), await statusOf(http, stays)]).toEqual([401, 200]);
    findings.note('its memory', `${Math.round((await residentBytes(server.pid)) / 2 ** 20)} MiB`);

    expect(await postgres.killSessions('stagedoor-revocations')).toBeGreaterThan(0);
    // Its last answer counts for less than a second; from then on each token is checked in the database.
    await first.post('/api/auth/logout', { headers: stays });
    await vi.waitFor(async () => expect(await statusOf(http, stays)).toBe(401), PATIENCE);
    expect(await statusOf(http, loggedOut)).toBe(401);
    const again = performance.now();
    await isCurrent(http);
    findings.note('a reconnection', `${Math.round(performance.now() - again)} ms`);
    const fresh = await signUp(first);
    expect(await statusOf(http, fresh)).toBe(200);
    await first.post('/api/auth/logout', { headers: fresh });
    await vi.waitFor(async () => expect(await statusOf(http, fresh)).toBe(401), PATIENCE);
  });
});
