import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatabaseProxy } from '../support/database-proxy.js';
import { bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const PATIENCE = { timeout: 60_000, interval: 50 };
const POOL_MAX = 8;

let primary: PrivatePostgres;
let proxy: DatabaseProxy;
let server: ServerProcess;
let http: HttpClient;
let headers: Record<string, string>;
beforeAll(async () => {
  primary = await PrivatePostgres.start();
  await primary.createDatabase('faults');
  proxy = new DatabaseProxy(new URL(primary.urlOf('faults')));
  await proxy.start();
  server = ServerProcess.start({
    DATABASE_URL: proxy.url,
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
    DATABASE_POOL_MAX: String(POOL_MAX),
  });
  http = await server.http();
  const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
  headers = bearer((await http.post('/api/auth/signup', { json })).body.data.token);
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
  await proxy.stop();
  await primary.remove();
});
afterEach(() => expect(server.stderr).toBe(''));

const write = (): Promise<HttpAnswer> => http.post('/api/artists', { headers, json: { name: 'Midnight' } });
const read = (): Promise<HttpAnswer> => http.get('/api/artists', { headers });
const atOnce = (times: number, call: () => Promise<HttpAnswer>): Promise<HttpAnswer[]> =>
  Promise.all(Array.from({ length: times }, call));
const statusesOf = (answers: readonly HttpAnswer[]): number[] => [...new Set(answers.map(({ status }) => status))];

/** Reads are served; writes are 503 with Retry-After; the server is not ready, and the log says why once. */
async function expectReadOnly(): Promise<void> {
  await vi.waitFor(async () => {
    const ready = await http.get('/health/ready');
    expect([ready.status, ready.body]).toEqual([503, { status: 'error', checks: { database: { status: 'up' } } }]);
  }, PATIENCE);
  expect(statusesOf(await atOnce(2 * POOL_MAX, read))).toEqual([200]);
  const refused = await atOnce(2 * POOL_MAX, write);
  expect(statusesOf(refused)).toEqual([503]);
  for (const answer of refused) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await http.get('/health/live')).status).toBe(200);
  // The log has it once, however often it is asked.
  await http.get('/health/ready');
}

const saysReadOnly = (): number =>
  server.messages.filter((message) => message.includes('The database is read-only')).length;

/** All writes succeed from the moment on at which the server is ready. */
async function expectWritable(): Promise<void> {
  await vi.waitFor(async () => expect((await http.get('/health/ready')).status).toBe(200), PATIENCE);
  expect(statusesOf(await atOnce(5 * POOL_MAX, write))).toEqual([201]);
}

describe('a read-only database', () => {
  it('SECURITY 30: by default_transaction_read_only: reads go on, writes are 503, and no connection stays read-only', async () => {
    expect(statusesOf(await atOnce(2 * POOL_MAX, write))).toEqual([201]);
    await primary.query('ALTER DATABASE faults SET default_transaction_read_only = on');
    // As after a failover: every connection is a new one.
    await primary.killSessions();
    await expectReadOnly();
    expect(saysReadOnly()).toBe(1);
    await primary.query('ALTER DATABASE faults RESET default_transaction_read_only');
    // The connections of the pool stay read-only, and nothing but a write shows it.
    await expectWritable();
  });

  it('SECURITY 30: a standby: reads go on, writes are 503, and succeed after its promotion', async () => {
    const standby = await primary.startStandby();
    try {
      await proxy.pointTo(new URL(standby.urlOf('faults')));
      await expectReadOnly();
      await standby.promote();
      await expectWritable();
      // A session that ends is refused from the next request on, so revocations are read again.
      expect((await http.post('/api/auth/logout', { headers })).status).toBeLessThan(300);
      expect((await read()).status).toBe(401);
    } finally {
      await standby.remove();
    }
  });

  it('is named when a server cannot start on it', async () => {
    const fresh = await PrivatePostgres.start();
    await fresh.createDatabase('faults');
    await fresh.query('ALTER DATABASE faults SET default_transaction_read_only = on');
    const other = ServerProcess.start({
      DATABASE_URL: fresh.urlOf('faults'),
      APP_SECRET: randomBytes(32).toString('hex'),
    });
    expect((await other.ended).code).toBe(1);
    expect(other.messages.at(-1)).toContain('The database is read-only: point DATABASE_URL at the primary');
    await fresh.remove();
  });
});
