import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { distribution, Findings } from '../support/findings.js';
import type { HttpClient } from '../support/http-client.js';
import { bearer, apiKey } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { hasRedisServer, OwnRedis } from '../support/redis.js';
import { ServerProcess } from '../support/server-process.js';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };
const SECRET = randomBytes(32).toString('hex');
const ROUNDS = 1000;
const EXPIRED = 20_000;

const findings = new Findings('Several instances: three processes, one PostgreSQL');
const started: ServerProcess[] = [];
let postgres: PrivatePostgres;
let redis: OwnRedis | undefined;
beforeAll(async () => {
  postgres = await PrivatePostgres.start();
  if (hasRedisServer) {
    redis = await OwnRedis.onFreePort();
    await redis.start();
  }
});
afterAll(async () => {
  for (const server of started) server.signal('SIGKILL');
  await Promise.all(started.map((server) => server.ended));
  await redis?.stop();
  await postgres.remove();
  findings.print();
});

function start(databaseUrl: string, env: Record<string, string> = {}): ServerProcess {
  const all = { DATABASE_URL: databaseUrl, APP_SECRET: SECRET, RATE_LIMIT_ENABLED: 'false', ...ROOT, ...env };
  const server = ServerProcess.start(all);
  started.push(server);
  return server;
}

async function threeOn(databaseUrl: string, env: Record<string, string> = {}): Promise<HttpClient[]> {
  const servers = [1, 2, 3].map(() => start(databaseUrl, env));
  return Promise.all(servers.map((server) => server.http()));
}

interface LoggedIn {
  readonly id: string;
  readonly email: string;
  readonly token: string;
}

async function signUp(http: HttpClient): Promise<LoggedIn> {
  const email = freshEmail();
  const answer = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  expect(answer.status, answer.text).toBe(201);
  const { token, user } = answer.body.data;
  return { id: user.id, email, token };
}

async function logIn(http: HttpClient, email: string, password = PASSWORD): Promise<string> {
  const answer = await http.post('/api/auth/login', { json: { email, password } });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data.token;
}

/** Milliseconds until the call gets 401 from every instance. */
async function refusedAfter(others: readonly HttpClient[], headers: Record<string, string>): Promise<number> {
  const from = performance.now();
  await Promise.all(
    others.map(async (http) => {
      for (;;) {
        const askedAt = performance.now() - from;
        const { status } = await http.get('/api/users/me', { headers });
        if (status === 401) return;
        // However slow all are: what is asked a second later may not be let in.
        expect(askedAt, 'still let in').toBeLessThan(1000);
      }
    }),
  );
  return performance.now() - from;
}

function noteDistribution(what: string, took: readonly number[]): void {
  const { p50, p99, max } = distribution(took);
  const [median, most, all] = [p50, p99, max].map((ms) => ms.toFixed(1));
  findings.note(what, `${took.length} rounds: p50 ${median} ms, p99 ${most} ms, max ${all} ms`);
}

describe('three instances that start at once on an empty database', () => {
  it('all come up, with one SUPER_ADMIN and one signing key, and accept one another’s tokens', async () => {
    const url = await postgres.createDatabase('race');
    const from = performance.now();
    const instances = await threeOn(url);
    findings.note('start-up race on an empty database', `3 of 3 up after ${(performance.now() - from).toFixed(0)} ms`);
    const { token } = await signUp(instances[0]);
    for (const http of instances) {
      expect((await http.get('/api/users/me', { headers: bearer(token) })).status).toBe(200);
      expect((await http.get('/.well-known/jwks.json')).body['keys']).toHaveLength(1);
    }
    const rows = await postgres.query(
      `SELECT (SELECT count(*)::int FROM users WHERE role = 'SUPER_ADMIN') AS admins,
              (SELECT count(*)::int FROM signing_keys) AS keys`,
      [],
      'race',
    );
    expect(rows).toEqual([{ admins: 1, keys: 1 }]);
  });
});

describe('the purge of three instances', () => {
  it('runs once at a time, and deletes each expired row once', async () => {
    const url = await postgres.createDatabase('purge');
    const first = start(url);
    const { id } = await signUp(await first.http());
    await first.stop();
    await postgres.query(
      `INSERT INTO sessions (id, user_id, created_at, expires_at)
       SELECT gen_random_uuid(), $1, now() - interval '2 days', now() - interval '1 day' FROM generate_series(1, $2)`,
      [id, EXPIRED],
      'purge',
    );
    // The database records a batch that begins before another one ends.
    await postgres.query('CREATE TABLE deleted (id uuid, transaction_id bigint, pid int)', [], 'purge');
    await postgres.query(
      `CREATE FUNCTION note_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         INSERT INTO deleted VALUES (OLD.id, pg_current_xact_id()::text::bigint, pg_backend_pid());
         RETURN NULL;
       END $$`,
      [],
      'purge',
    );
    await postgres.query(
      'CREATE TRIGGER note_deleted AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION note_deleted()',
      [],
      'purge',
    );
    const servers = [1, 2, 3].map(() => start(url, { REFRESH_TOKEN_PURGE_CRON: '* * * * * *' }));
    await Promise.all(servers.map((server) => server.url()));
    await vi.waitFor(
      async () => {
        const [{ left }] = await postgres.query<{ left: number }>(
          'SELECT count(*)::int AS left FROM sessions WHERE expires_at < now()',
          [],
          'purge',
        );
        expect(left).toBe(0);
      },
      { timeout: 60_000, interval: 100 },
    );
    // During shutdown an instance finishes its purge and logs what it deleted.
    for (const server of servers) expect((await server.stop()).code).toBe(0);
    const said = servers.map((server) => purgedBy(server));
    expect(said.reduce((sum, one) => sum + one)).toBe(EXPIRED);
    const [counted] = await postgres.query<{ rows: number; once: number; live: number }>(
      `SELECT count(*)::int AS rows, count(DISTINCT id)::int AS once,
              (SELECT count(*)::int FROM sessions) AS live FROM deleted`,
      [],
      'purge',
    );
    expect(counted).toEqual({ rows: EXPIRED, once: EXPIRED, live: 1 });
    findings.note(
      'purge on three instances every second',
      `${EXPIRED} rows, each once; by instance: ${said.join(', ')}`,
    );
  });

  it('is left to the instance that is already running it', async () => {
    const url = await postgres.createDatabase('purge_turn');
    const server = start(url, { REFRESH_TOKEN_PURGE_CRON: '* * * * * *' });
    const { id } = await signUp(await server.http());
    const other = await postgres.connect('purge_turn');
    await other.query('BEGIN');
    await other.query(`SELECT pg_advisory_xact_lock(hashtextextended('stagedoor purge sessions', 0))`);
    await postgres.query(
      `INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (gen_random_uuid(), $1, now(), now())`,
      [id],
      'purge_turn',
    );
    const runs = purgeRuns(server).length;
    await vi.waitFor(() => expect(purgeRuns(server).length).toBeGreaterThan(runs + 1), { timeout: 60_000 });
    expect(purgedBy(server)).toBe(0);
    await other.query('COMMIT');
    await other.end();
    await vi.waitFor(() => expect(purgedBy(server)).toBe(1), { timeout: 60_000 });
  });
});

function purgeRuns(server: ServerProcess): number[] {
  return server.stdout
    .split('\n')
    .filter((line) => line.includes('Purged expired refresh tokens'))
    .map((line) => (JSON.parse(line) as { deleted: number }).deleted);
}

function purgedBy(server: ServerProcess): number {
  return purgeRuns(server).reduce((sum, one) => sum + one, 0);
}

describe.runIf(hasRedisServer)('limits of three instances on one Redis', () => {
  it('share one budget: ten wrong passwords, whichever instance gets them', async () => {
    const url = await postgres.createDatabase('limits');
    const instances = await threeOn(url, { RATE_LIMIT_ENABLED: 'true', REDIS_URL: redis?.url ?? '' });
    const { email } = await signUp(instances[0]);
    const statuses: number[] = [];
    for (let i = 0; i < 15; i++) {
      const guess = { email, password: `wrong-${i}` };
      statuses.push((await instances[i % 3].post('/api/auth/login', { json: guess })).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);
    findings.note('wrong passwords over three instances', '10 got 401, then 429 from each');
  });
});

describe('a credential that is revoked on one instance', () => {
  let instances: HttpClient[];
  let person: LoggedIn;
  beforeAll(async () => {
    instances = await threeOn(await postgres.createDatabase('revoked'), { SESSIONS_PER_USER_MAX: '10000' });
    person = await signUp(instances[0]);
  });

  /** Access tokens of logins on the first instance, twenty at a time. */
  async function tokens(count: number): Promise<string[]> {
    const made: string[] = [];
    while (made.length < count) {
      const batch = Math.min(20, count - made.length);
      made.push(...(await Promise.all(Array.from({ length: batch }, () => logIn(instances[0], person.email)))));
    }
    return made;
  }

  it('is refused on the others within a second: 1,000 logouts', async () => {
    const took: number[] = [];
    for (const token of await tokens(ROUNDS)) {
      const headers = bearer(token);
      expect((await instances[1].get('/api/users/me', { headers })).status).toBe(200);
      expect((await instances[0].post('/api/auth/logout', { headers })).status).toBe(200);
      took.push(await refusedAfter(instances.slice(1), headers));
    }
    noteDistribution('token refused elsewhere after logout', took);
  });

  it('is refused on the others within a second: 300 deleted keys', async () => {
    const took: number[] = [];
    const session = bearer(person.token);
    for (let round = 0; round < 300; round++) {
      const { apiKey: key, keyId } = (await instances[0].post('/api/auth/keys', { headers: session })).body.data;
      const headers = apiKey(key);
      for (const http of instances) expect((await http.get('/api/users/me', { headers })).status).toBe(200);
      expect((await instances[0].delete(`/api/auth/keys/${keyId}`, { headers: session })).status).toBe(204);
      took.push(await refusedAfter(instances.slice(1), headers));
    }
    noteDistribution('key refused elsewhere after deletion', took);
  });

  it('is refused although the connections that announce it are cut just before', async () => {
    const took: number[] = [];
    let cut = 0;
    for (const token of await tokens(30)) {
      const headers = bearer(token);
      for (const http of instances) expect((await http.get('/api/users/me', { headers })).status).toBe(200);
      cut += await postgres.killSessions('stagedoor-revocations');
      expect((await instances[0].post('/api/auth/logout', { headers })).status).toBe(200);
      took.push(await refusedAfter(instances.slice(1), headers));
    }
    expect(cut).toBeGreaterThan(0);
    noteDistribution(`the same, ${cut} listening connections cut in between`, took);
  });
});
