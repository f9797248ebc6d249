import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type pg from 'pg';
import { Findings } from '../support/findings.js';
import { bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const ACQUIRE_MS = 1000;
const STATEMENT_MS = 1000;
/** For a condition that never holds; a busy machine takes its time. */
const PATIENCE_MS = 60_000;
const POOL_MAX = 4;

const findings = new Findings('Database failures: one process, one PostgreSQL');
let postgres: PrivatePostgres;
let server: ServerProcess;
let http: HttpClient;
beforeAll(async () => {
  postgres = await PrivatePostgres.start(['max_connections=20', 'superuser_reserved_connections=3']);
  const url = new URL(await postgres.createDatabase('faults'));
  // Leaves the connections that PostgreSQL reserves for superusers to the tests.
  await postgres.query('CREATE ROLE app LOGIN');
  await postgres.query('ALTER DATABASE faults OWNER TO app');
  url.username = 'app';
  server = ServerProcess.start({
    DATABASE_URL: url.href,
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
    DATABASE_POOL_MAX: String(POOL_MAX),
    DATABASE_ACQUIRE_TIMEOUT_MS: String(ACQUIRE_MS),
    DATABASE_STATEMENT_TIMEOUT_MS: String(STATEMENT_MS),
  });
  http = await server.http();
});
afterAll(async () => {
  // It must not have exited by itself; its output says why.
  if (server.stderr !== '') findings.note('standard error', server.stderr);
  server.signal('SIGKILL');
  await server.ended;
  await postgres.remove();
  findings.print();
});

interface Person {
  readonly token: string;
  readonly headers: Record<string, string>;
}

async function signUp(): Promise<Person> {
  const answer = await http.post('/api/auth/signup', {
    json: { email: freshEmail(), name: 'John Doe', password: PASSWORD },
  });
  expect(answer.status, answer.text).toBe(201);
  return { token: answer.body.data.token, headers: bearer(answer.body.data.token) };
}

const createArtist = (person: Person, name: string): Promise<HttpAnswer> =>
  http.post('/api/artists', { headers: person.headers, json: { name } });

/** Calls that need the database: a read, a write, and a public one. */
const callsOf = (person: Person): Promise<HttpAnswer>[] => [
  http.get('/api/artists', { headers: person.headers }),
  createArtist(person, 'Never'),
  http.post('/api/auth/refresh', { json: { refreshToken: 'a'.repeat(43) } }),
  http.post('/api/auth/login', { json: { email: 'nobody@example.com', password: PASSWORD } }),
];

/** Without the database: 503 with Retry-After while it is away, no access, alive, and not ready. Returns milliseconds. */
async function expectRefused(person: Person, loggedOut: Person): Promise<number> {
  const from = performance.now();
  const [ready, out, ...answers] = await Promise.all([
    http.get('/health/ready'),
    http.get('/api/users/me', { headers: loggedOut.headers }),
    ...callsOf(person),
  ]);
  const took = performance.now() - from;
  for (const answer of answers) {
    // A token with a wrong signature is refused without the database.
    expect([503, 401], answer.text).toContain(answer.status);
    if (answer.status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect(answers.slice(0, 2).map(({ status }) => status)).toEqual([503, 503]);
  expect([401, 503]).toContain(out.status);
  expect(ready.status).toBe(503);
  expect(ready.body).toEqual({ status: 'error', checks: { database: { status: 'down' } } });
  expect((await http.get('/health/live')).status).toBe(200);
  return took;
}

/** Milliseconds from the return of the database until the server is ready and works. */
async function recovery(person: Person, loggedOut: Person): Promise<number> {
  const from = performance.now();
  await vi.waitFor(
    async () => {
      expect((await http.get('/health/ready')).status).toBe(200);
      expect((await createArtist(person, 'Back')).status).toBe(201);
    },
    { timeout: PATIENCE_MS, interval: 50 },
  );
  const took = performance.now() - from;
  expect((await http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
  expect((await http.get('/api/users/me', { headers: loggedOut.headers })).status).toBe(401);
  return took;
}

let person: Person;
let loggedOut: Person;
beforeEach(async () => {
  [person, loggedOut] = [await signUp(), await signUp()];
  expect((await http.post('/api/auth/logout', { headers: loggedOut.headers })).status).toBe(200);
});

function note(what: string, refused: number, recovered: number): void {
  findings.note(what, `refused within ${refused.toFixed(0)} ms, back after ${recovered.toFixed(0)} ms`);
}

describe('the database', () => {
  it.each(['fast', 'immediate'] as const)(
    'stopped (%s): 503 while it is away, back by itself when it is',
    async (mode) => {
      await postgres.stop(mode);
      const refused = await expectRefused(person, loggedOut);
      await postgres.startAgain();
      note(`database stopped (${mode}) and started`, refused, await recovery(person, loggedOut));
    },
  );

  it('restarts under load: only 503, nothing confirmed is lost, recovers by itself', async () => {
    const written: string[] = [];
    const statuses = new Map<number, number>();
    let going = true;
    const client = async (name: number): Promise<void> => {
      for (let i = 0; going; i++) {
        const artist = `Under load ${name}.${i}`;
        const { status } = await createArtist(person, artist);
        if (status === 201) written.push(artist);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 8 }, (_, name) => client(name));
    for (let round = 0; round < 3; round++) {
      const enough = written.length + 50;
      await vi.waitFor(() => expect(written.length).toBeGreaterThan(enough), { timeout: PATIENCE_MS });
      await postgres.stop('immediate');
      await postgres.startAgain();
    }
    going = false;
    await Promise.all(clients);
    await recovery(person, loggedOut);
    expect([...statuses.keys()].filter((status) => status !== 201 && status !== 503)).toEqual([]);
    expect(await missingArtists(written)).toEqual([]);
    findings.note(
      'restarted three times under writes',
      `${written.length} answered 201, 0 of them lost; ${statuses.get(503) ?? 0} answered 503`,
    );
  });

  it('terminates all sessions, ten times: the next calls are served', async () => {
    let killed = 0;
    let slowest = 0;
    for (let round = 0; round < 10; round++) {
      const running = Promise.all(callsOf(person));
      killed += await postgres.killSessions();
      for (const { status } of await running) expect([200, 201, 401, 503]).toContain(status);
      slowest = Math.max(slowest, await recovery(person, loggedOut));
    }
    expect(killed).toBeGreaterThan(10);
    findings.note(
      'all sessions terminated, ten times',
      `${killed} sessions; back after ${slowest.toFixed(0)} ms at most`,
    );
  });

  it('hangs: 503 meanwhile, and writes confirmed afterwards are kept', async () => {
    // In the middle of transactions, which cannot be rolled back while it hangs: each waits for a lock.
    const [holder, watcher] = [await postgres.connect('faults'), await postgres.connect('faults')];
    await holder.query('BEGIN; LOCK TABLE sessions IN SHARE MODE');
    const running = Array.from({ length: 12 }, (_, i) =>
      http.post('/api/auth/signup', { json: { email: freshEmail(), name: `Hung ${i}`, password: PASSWORD } }),
    );
    const inTransaction = `SELECT 1 FROM pg_stat_activity
      WHERE application_name = 'stagedoor' AND backend_xid IS NOT NULL AND wait_event_type = 'Lock'`;
    await vi.waitFor(async () => expect((await watcher.query(inTransaction)).rowCount).toBeGreaterThan(0), {
      timeout: PATIENCE_MS,
      interval: 10,
    });
    postgres.hang();
    const statuses = new Set((await Promise.all(running)).map(({ status }) => status));
    expect(statuses).toEqual(new Set([503]));
    const refused = await expectRefused(person, loggedOut);
    postgres.goOn();
    await Promise.all([holder.end(), watcher.end()]);
    note('database hung (SIGSTOP) and went on', refused, await recovery(person, loggedOut));
    const names = Array.from({ length: 40 }, (_, i) => `After ${i}`);
    const answers = await Promise.all(names.map((name) => createArtist(person, name)));
    for (const { status } of answers) expect(status).toBe(201);
    expect(await missingArtists(names)).toEqual([]);
  });

  it('has no connection left: 503, and served once it has', async () => {
    await postgres.killSessions();
    const taken: pg.Client[] = [];
    // Until only the reserved connections are left.
    await vi.waitFor(
      async () => {
        for (;;) {
          const client = await postgres.connectAs('app', 'faults').catch(() => undefined);
          if (!client) break;
          taken.push(client);
        }
        await postgres.killSessions('stagedoor');
        await postgres.killSessions('stagedoor-revocations');
        expect((await http.get('/health/ready')).status).toBe(503);
      },
      { timeout: PATIENCE_MS, interval: 10 },
    );
    const refused = await expectRefused(person, loggedOut);
    await Promise.all(taken.map((client) => client.end()));
    note('no connection left to give', refused, await recovery(person, loggedOut));
  });

  it('blocks the whole pool by a lock: 503 while it is held, other calls are served, and all once it is released', async () => {
    const holder = await postgres.connect('faults');
    await holder.query('BEGIN; LOCK TABLE artists IN ACCESS EXCLUSIVE MODE');
    const from = performance.now();
    const calls = Array.from({ length: POOL_MAX * 4 }, (_, i) => createArtist(person, `Locked ${i}`));
    const answers = await Promise.all(calls);
    const took = performance.now() - from;
    for (const { status, headers } of answers) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await http.get('/health/live')).status).toBe(200);
    await holder.query('ROLLBACK');
    await holder.end();
    note('pool held by a lock', took, await recovery(person, loggedOut));
    expect(await postgres.query(`SELECT name FROM artists WHERE name LIKE 'Locked %'`, [], 'faults')).toEqual([]);
  });

  it('is used after all of it by the same process, without a stray error or a leaked connection', async () => {
    expect(server.stderr).toBe('');
    const [{ open }] = await postgres.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM pg_stat_activity WHERE usename = 'app'`,
    );
    expect(open).toBeLessThanOrEqual(POOL_MAX + 1);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    findings.note('the process after all of it', `never restarted, ${open} connections, exit 0 after SIGTERM`);
  });
});

/** Those that the database does not have. */
async function missingArtists(names: readonly string[]): Promise<string[]> {
  const rows = await postgres.query<{ name: string }>(
    `SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT name FROM artists)`,
    [names],
    'faults',
  );
  return rows.map(({ name }) => name);
}
