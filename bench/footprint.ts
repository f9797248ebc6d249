import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import argon2 from 'argon2';
import { createDatabase, emailOf, fill, refreshTokenOf } from './database.js';
import { type Server, startServer, stopServers } from './servers.js';
import { readSettings } from './settings.js';
import { StatementCounter } from './statement-counter.js';

/*
 * What each kind of request costs the database: npm run bench:footprint. The server at DATABASE_URL must be PostgreSQL 15
 * or later on Linux with the extension pg_walinspect, the role a superuser, and nobody else may use it meanwhile.
 */

const APPLICATION = 'stagedoor';
const WARM_UP = 50;
const IDLE_SECONDS = 10;
const TICKS_PER_SECOND = 100;

const settings = { ...readSettings(process.env, process.argv.slice(2)), expiredSessions: 0 };
const password = `Bench-${randomBytes(9).toString('base64url')}!`;
const database = await createDatabase(settings.serverUrl);

interface Work {
  readonly name: string;
  readonly times: number;
  /** One request, the `i`th. */
  call(i: number): Promise<void>;
}

interface Counters {
  readonly statements: number;
  readonly busyMs: number;
  readonly cpuMs: number;
  readonly position: string;
}

const close = (): Promise<void> => stopServers().then(() => database.drop());
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void close().then(() => process.exit(1)));
try {
  await run();
} finally {
  await close();
}

async function run(): Promise<void> {
  const env = {
    APP_SECRET: randomBytes(48).toString('base64url'),
    RATE_LIMIT_ENABLED: 'false',
    // All requests on one connection, so that none is opened meanwhile.
    DATABASE_POOL_MAX: '1',
    HASH_CONCURRENCY: String(settings.hashConcurrency),
  };
  const counter = await StatementCounter.start(new URL(database.url));
  const start = (name: string, more: Record<string, string>): Promise<Server> =>
    startServer({
      name,
      args: [fileURLToPath(new URL('../dist/main.js', import.meta.url))],
      env: { ...env, DATABASE_URL: counter.url, ...more },
      readyPath: '/health/ready',
    });
  const server = await start('stagedoor', {});
  const options = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
  await fill(database, settings, await argon2.hash(password, options));
  await database.query('CREATE EXTENSION pg_walinspect');
  // Its writes are no part of a request.
  await database.query(
    `DO $$ DECLARE name regclass; BEGIN
       FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
         EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
       END LOOP;
     END $$`,
  );
  for (const work of await worksOf(server.url)) await measure(work, counter);
  await measureIdle(counter);
  await server.stop();
  const rotating = await start('stagedoor with rotation', { REFRESH_TOKEN_ROTATION: 'true' });
  await measure(rotation(rotating.url), counter);
  await rotating.stop();
  counter.stop();
}

async function worksOf(url: string): Promise<Work[]> {
  const userOf = (i: number): number => 1 + ((i * 7919) % settings.users);
  const logIn = (i: number): Promise<{ data: { token: string } }> =>
    post(url, '/api/auth/login', { email: emailOf(userOf(i)), password });
  const { token } = (await logIn(0)).data;
  const session = { authorization: `Bearer ${token}` };
  const { apiKey } = (await post<{ data: { apiKey: string } }>(url, '/api/auth/keys', undefined, session)).data;
  const toLogOut: string[] = [];
  const run = randomBytes(4).toString('hex');
  return [
    {
      name: 'login',
      times: 100,
      call: async (i) => void toLogOut.push((await logIn(i)).data.token),
    },
    {
      name: 'refresh',
      times: 2000,
      call: async (i) => void (await post(url, '/api/auth/refresh', { refreshToken: refreshTokenOf(userOf(i)) })),
    },
    { name: 'own profile, token', times: 2000, call: () => get(url, '/api/users/me', session) },
    {
      name: '10 artists, API key',
      times: 2000,
      call: () => get(url, '/api/artists', { 'x-api-key': apiKey }),
    },
    {
      name: 'new artist',
      times: 1000,
      call: async (i) => void (await post(url, '/api/artists', { name: `Artist ${run} ${i}` }, session)),
    },
    {
      name: 'sign-up',
      times: 100,
      call: async (i) => {
        const email = `new.${run}.${i}@bench.example`;
        await post(url, '/api/auth/signup', { email, name: 'Ada Lovelace', password });
      },
    },
    {
      name: 'logout',
      times: 100,
      call: async () => {
        await post(url, '/api/auth/logout', undefined, { authorization: `Bearer ${toLogOut.pop() ?? ''}` });
      },
    },
  ];
}

function rotation(url: string): Work {
  const tokens = new Map<number, string>();
  return {
    name: 'refresh, with rotation',
    times: 1000,
    call: async (i) => {
      const user = 1 + (i % 100);
      const refreshToken = tokens.get(user) ?? refreshTokenOf(user);
      const { data } = await post<{ data: { refreshToken: string } }>(url, '/api/auth/refresh', { refreshToken });
      tokens.set(user, data.refreshToken);
    },
  };
}

async function measure(work: Work, counter: StatementCounter): Promise<void> {
  const { name, times } = work;
  for (let i = 0; i < WARM_UP; i++) await work.call(i);
  const before = await counters(counter);
  for (let i = WARM_UP; i < WARM_UP + times; i++) await work.call(i);
  const after = await counters(counter);
  const [wal] = await database.query<{ bytes: string; pages: string }>(
    `SELECT coalesce(sum(record_length - fpi_length), 0) AS bytes, coalesce(sum(fpi_length), 0) AS pages
       FROM pg_get_wal_records_info($1::pg_lsn, $2::pg_lsn)`,
    [before.position, after.position],
  );
  print({
    name,
    statements: ((after.statements - before.statements) / times).toFixed(1),
    connectionMs: ((after.busyMs - before.busyMs) / times).toFixed(2),
    cpuMs: ((after.cpuMs - before.cpuMs) / times).toFixed(2),
    walBytes: (Number(wal?.bytes) / times).toFixed(0),
    pageBytes: (Number(wal?.pages) / times).toFixed(0),
  });
}

async function measureIdle(counter: StatementCounter): Promise<void> {
  const [pool, link] = [counter.of(APPLICATION), counter.of('stagedoor-revocations')];
  await pause(IDLE_SECONDS * 1000);
  const rate = (now: number, then: number): string => ((now - then) / IDLE_SECONDS).toFixed(1);
  print({ name: 'idle instance, statements/s', statements: rate(counter.of(APPLICATION).statements, pool.statements) });
  const listening = counter.of('stagedoor-revocations').statements;
  print({ name: 'its view of revocations, statements/s', statements: rate(listening, link.statements) });
}

function print(row: Record<string, string>): void {
  process.stdout.write(`| ${Object.values(row).join(' | ')} |\n`);
}

async function counters(counter: StatementCounter): Promise<Counters> {
  // The 14th and 15th field of /proc/pid/stat (proc(5)): processor time, user and system.
  const [row] = await database.query<{ position: string; ticks: string }>(
    `SELECT pg_current_wal_flush_lsn()::text AS position, sum(fields[14]::int + fields[15]::int) AS ticks
       FROM pg_stat_activity,
            LATERAL string_to_array(pg_read_file('/proc/' || pid || '/stat'), ' ') AS fields
      WHERE datname = current_database() AND application_name = $1`,
    [APPLICATION],
  );
  const cpuMs = (Number(row?.ticks) * 1000) / TICKS_PER_SECOND;
  return { ...counter.of(APPLICATION), cpuMs, position: row?.position ?? '0/0' };
}

async function get(url: string, path: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url + path, { headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${path} returned ${response.status}: ${text}`);
}

async function post<T>(url: string, path: string, body: object | undefined, headers = {}): Promise<T> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} returned ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}
