import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { distribution, Findings } from '../support/findings.js';
import { HOLDABLE, holdHashingOf } from '../support/held-server.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres, residentBytes } from '../support/private-postgres.js';
import { RawConnection } from '../support/raw-connection.js';
import { hasRedisServer, OwnRedis } from '../support/redis.js';
import { ServerProcess } from '../support/server-process.js';

const MB = 1024 * 1024;
const GB = 1024 * MB;
const HASHES_WAITING = 128;

const findings = new Findings('Floods: one process, one PostgreSQL');
let postgres: PrivatePostgres;
const started: ServerProcess[] = [];
beforeAll(async () => {
  postgres = await PrivatePostgres.start();
});
afterAll(async () => {
  for (const server of started) server.signal('SIGKILL');
  await Promise.all(started.map((server) => server.ended));
  await postgres.remove();
  findings.print();
});

async function start(database: string, env: Record<string, string> = {}, command?: string[]): Promise<ServerProcess> {
  const settings = {
    DATABASE_URL: await postgres.createDatabase(database),
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
  };
  const server = ServerProcess.start({ ...settings, ...env }, command);
  started.push(server);
  await server.url();
  return server;
}

async function signUp(http: HttpClient): Promise<{ email: string; headers: Record<string, string> }> {
  const email = freshEmail();
  const answer = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  expect(answer.status, answer.text).toBe(201);
  return { email, headers: bearer(answer.body.data.token) };
}

/** Repeats a request until `until` settles. Resolves to the responses and their durations. */
async function during(until: Promise<unknown>, call: () => Promise<{ status: number }>): Promise<number[]> {
  let over = false;
  const end = until.finally(() => (over = true));
  const took: number[] = [];
  while (!over) {
    const from = performance.now();
    expect((await call()).status).toBe(200);
    took.push(performance.now() - from);
  }
  await end;
  return took;
}

/** The peak memory of a process during some work. */
async function peakBytes(pid: number, until: Promise<unknown>): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => void residentBytes(pid).then((bytes) => (peak = Math.max(peak, bytes))), 50);
  await until.finally(() => clearInterval(timer));
  return Math.max(peak, await residentBytes(pid));
}

const inMb = (bytes: number): string => `${(bytes / MB).toFixed(0)} MB`;

describe('floods', () => {
  it('500 concurrent logins: the queue is served, the rest gets 503, and other requests are served', async () => {
    const server = await start('logins', {}, HOLDABLE);
    const http = await server.http();
    const { email } = await signUp(http);
    // A different user: so many logins delete the oldest sessions of the one who logs in.
    const { headers } = await signUp(http);
    const logins = (): Promise<{ status: number; retry: string | null }>[] =>
      Array.from({ length: 500 }, async () => {
        const answer = await http.post('/api/auth/login', { json: { email, password: PASSWORD } });
        return { status: answer.status, retry: answer.headers.get('retry-after') };
      });
    await Promise.all(logins());
    const before = await residentBytes(server.pid);
    const hashing = await holdHashingOf(server);
    const sent = logins();
    // A fast machine would otherwise serve them as they arrive: the queue is full when the first one is refused.
    void Promise.race(sent).then(() => hashing.release());
    const flood = Promise.all(sent);
    const [peak, live, artists] = await Promise.all([
      peakBytes(server.pid, flood),
      during(flood, () => http.get('/health/live')),
      during(flood, () => http.get('/api/artists', { headers })),
    ]);
    const answers = await flood;
    const served = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status === 503);
    expect(served.length + refused.length).toBe(500);
    expect(served.length).toBeGreaterThanOrEqual(HASHES_WAITING);
    expect(refused.length).toBeGreaterThan(0);
    for (const { retry } of refused) expect(Number(retry)).toBeGreaterThan(0);
    expect((await http.post('/api/auth/login', { json: { email, password: PASSWORD } })).status).toBe(200);
    findings.note(
      '500 logins at once',
      `${served.length} answered 200, ${refused.length} answered 503; memory ${inMb(before)}, at most ${inMb(peak)}`,
    );
    for (const [path, took] of [
      ['GET /health/live', live],
      ['GET /api/artists', artists],
    ] as const) {
      const { p50, p99, max } = distribution(took);
      const text = [p50, p99, max].map((ms) => ms.toFixed(0)).join(', ');
      findings.note(`  ${path} meanwhile`, `${took.length} got 200; p50, p99, max: ${text} ms`);
    }
  });

  it('300 clients that send a byte now and then are closed at the timeout; others are served meanwhile', async () => {
    const server = await start('slow', { REQUEST_TIMEOUT_MS: '3000' });
    const http = await server.http();
    const { headers } = await signUp(http);
    const url = await server.url();
    const slow = await Promise.all(Array.from({ length: 300 }, () => RawConnection.open(url)));
    // Half of them send headers slowly, the others a body.
    for (const [i, connection] of slow.entries()) {
      connection.send('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n');
      if (i % 2 === 0) connection.send('Content-Length: 100\r\n\r\n{');
    }
    const drip = setInterval(() => {
      for (const [i, connection] of slow.entries()) connection.send(i % 2 === 0 ? ' ' : 'X-Slow: 1\r\n');
    }, 500);
    const from = performance.now();
    const closed = Promise.all(slow.map((connection) => connection.closed)).finally(() => clearInterval(drip));
    const took = await during(closed, () => http.get('/api/artists', { headers }));
    findings.note(
      '300 slow clients, REQUEST_TIMEOUT_MS 3000',
      `all closed after ${(performance.now() - from).toFixed(0)} ms; ${took.length} others answered 200 meanwhile`,
    );
  });

  it('a client that sends 1 GB is stopped early: with 413, or by a reset while it still sends chunks', async () => {
    const server = await start('huge');
    const http = await server.http();
    const { headers } = await signUp(http);
    const url = await server.url();
    const before = await residentBytes(server.pid);
    for (const announced of [true, false]) {
      const sending = sendHuge(url, headers, announced);
      const peak = await peakBytes(server.pid, sending);
      const { status, sentBytes } = await sending;
      // A client that keeps sending may see the reset before the response (RFC 9112, section 9.6).
      expect(announced ? [413] : [413, 0]).toContain(status);
      expect(sentBytes).toBeLessThan(GB / 10);
      const how = announced ? 'announced' : 'in chunks';
      findings.note(
        `1 GB, ${how}`,
        `${status === 413 ? '413' : 'cut'} after ${inMb(sentBytes)}; memory ${inMb(before)}, at most ${inMb(peak)}`,
      );
    }
    expect((await http.get('/api/artists', { headers })).status).toBe(200);
  });
});

/** Sends until the server stops it. */
function sendHuge(
  url: string,
  headers: Record<string, string>,
  announced: boolean,
): Promise<{ status: number; sentBytes: number }> {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  return new Promise((resolve) => {
    let sentBytes = 0;
    let status = 0;
    const size: Record<string, string> = announced ? { 'content-length': String(GB) } : {};
    const sent = request(`${url}/api/artists`, {
      method: 'POST',
      headers: { ...headers, ...size, 'content-type': 'application/json' },
    });
    const pump = (): void => {
      while (!sent.destroyed && sentBytes < GB) {
        sentBytes += chunk.length;
        if (!sent.write(chunk)) return void sent.once('drain', pump);
      }
    };
    sent.on('response', (answer) => {
      status = answer.statusCode ?? 0;
      answer.resume().on('end', () => sent.destroy());
    });
    // The server closes the connection, usually by a reset.
    sent.on('error', () => undefined).on('close', () => resolve({ status, sentBytes }));
    // With Content-Length the client may wait for the response first.
    if (announced) sent.flushHeaders();
    else pump();
  });
}

describe.runIf(hasRedisServer)('a Redis that goes down', () => {
  it('does not stop the limits: they continue in memory, logged once, and are shared again when it is back', async () => {
    const redis = await OwnRedis.onFreePort();
    await redis.start();
    try {
      const server = await start('limits', { RATE_LIMIT_ENABLED: 'true', REDIS_URL: redis.url });
      const http = await server.http();
      const { email } = await signUp(http);
      const guess = async (): Promise<number> =>
        (await http.post('/api/auth/login', { json: { email, password: 'wrong' } })).status;
      expect(await guess()).toBe(401);
      const counted = async (): Promise<number> =>
        redis.ask(async (client) => (await client.keys('stagedoor:limit:login-account:*')).length);
      expect(await counted()).toBe(1);
      await redis.stop();
      const statuses: number[] = [];
      for (let i = 0; i < 15; i++) statuses.push(await guess());
      expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(5).fill(429)]);
      const said = (text: string): number => server.messages.filter((one) => one.includes(text)).length;
      expect(said('Lost the connection to Redis')).toBe(1);
      await redis.start();
      const from = performance.now();
      await server.says('Redis is back');
      const took = performance.now() - from;
      // It kept nothing: the count begins again.
      expect(await guess()).toBe(401);
      await vi.waitFor(async () => expect(await counted()).toBe(1), { timeout: 60_000 });
      expect([said('Lost the connection to Redis'), said('Redis is back')]).toEqual([1, 1]);
      findings.note(
        'Redis lost',
        `10 answered 401, then 429, from memory; shared again ${took.toFixed(0)} ms after its return`,
      );
    } finally {
      await redis.stop();
    }
  });
});
