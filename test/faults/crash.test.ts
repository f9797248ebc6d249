import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { Findings } from '../support/findings.js';
import { apiKey, bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };
const SECRET = randomBytes(32).toString('hex');
const CLIENTS = 4;

const findings = new Findings('kill -9 during writes, SIGTERM under load');
afterAll(() => findings.print());

function start(env: Record<string, string>): ServerProcess {
  return ServerProcess.start({ RATE_LIMIT_ENABLED: 'false', ...ROOT, ...env });
}

async function rootHeaders(http: HttpClient): Promise<Record<string, string>> {
  const json = { email: ROOT.SUPER_ADMIN_EMAIL, password: ROOT.SUPER_ADMIN_PASSWORD };
  return bearer((await http.post('/api/auth/login', { json })).body.data.token);
}

/** What has been confirmed to a client with 2xx. */
interface Ledger {
  readonly people: { readonly id: string }[];
  readonly artists: { readonly id: string }[];
  readonly keys: { readonly key: string }[];
  readonly loggedOut: { readonly token: string; readonly refreshToken: string }[];
  readonly promoted: { readonly id: string }[];
}

const emptyLedger = (): Ledger => ({ people: [], artists: [], keys: [], loggedOut: [], promoted: [] });
const sizeOf = (ledger: Ledger): number => Object.values(ledger).reduce((sum, part) => sum + part.length, 0);

/** Writes until the server is gone, and records each confirmed write. */
async function write(http: HttpClient, root: Record<string, string>, ledger: Ledger, wrote: () => void): Promise<void> {
  for (let i = 0; ; i++) {
    const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
    const { user, token, refreshToken } = (await expectDone(http.post('/api/auth/signup', { json }))).body.data;
    ledger.people.push({ id: user.id });
    wrote();
    const headers = bearer(token);
    const artist = await expectDone(http.post('/api/artists', { headers, json: { name: 'Kept' } }));
    ledger.artists.push({ id: artist.body.data.id });
    wrote();
    const key = await expectDone(http.post('/api/auth/keys', { headers }));
    ledger.keys.push({ key: key.body.data.apiKey });
    wrote();
    if (i % 2 === 0) {
      await expectDone(http.post('/api/auth/logout', { headers, json: { refreshToken } }));
      ledger.loggedOut.push({ token, refreshToken });
    } else {
      await expectDone(http.patch(`/api/users/${user.id}`, { headers: root, json: { role: 'admin' } }));
      ledger.promoted.push({ id: user.id });
    }
    wrote();
  }
}

async function expectDone(call: Promise<HttpAnswer>): Promise<HttpAnswer> {
  const answer = await call;
  expect([200, 201, 204], answer.text).toContain(answer.status);
  return answer;
}

/** Every confirmed write that is missing. */
async function lost(http: HttpClient, ledger: Ledger): Promise<string[]> {
  const root = await rootHeaders(http);
  const faults: string[] = [];
  const check = async (
    what: string,
    call: Promise<HttpAnswer>,
    holds: (answer: HttpAnswer) => boolean,
  ): Promise<void> => {
    const answer = await call;
    if (!holds(answer)) faults.push(`${what}: ${answer.status} ${answer.text}`);
  };
  const user = (id: string): Promise<HttpAnswer> => http.get(`/api/users/${id}`, { headers: root });

  for (const { id } of ledger.people) await check('person', user(id), ({ status }) => status === 200);
  for (const { id } of ledger.promoted) {
    await check('role', user(id), ({ status, body }) => status === 200 && body.data.role === 'admin');
  }
  for (const { id } of ledger.artists) {
    await check('artist', http.get(`/api/artists/${id}`, { headers: root }), ({ status }) => status === 200);
  }
  for (const { key } of ledger.keys) {
    await check('key', http.get('/api/users/me', { headers: apiKey(key) }), ({ status }) => status === 200);
  }
  for (const { token, refreshToken } of ledger.loggedOut) {
    const refresh = http.post('/api/auth/refresh', { json: { refreshToken } });
    await check('logout', http.get('/api/users/me', { headers: bearer(token) }), ({ status }) => status === 401);
    await check('logout', refresh, ({ status }) => status === 401);
  }
  return faults;
}

/** Kills the server this many times while clients write, and reads everything back after the last start. */
async function killRounds(rounds: number, env: Record<string, string>): Promise<Ledger> {
  const all = emptyLedger();
  for (let round = 0; round <= rounds; round++) {
    const server = start(env);
    try {
      const http = await server.http();
      expect(await lost(http, all)).toEqual([]);
      if (round === rounds) break;
      const root = await rootHeaders(http);
      const entries = sizeOf(all) + randomInt(8, 40);
      const wrote = (): void => {
        if (sizeOf(all) >= entries) server.signal('SIGKILL');
      };
      const ends = await Promise.allSettled(Array.from({ length: CLIENTS }, () => write(http, root, all, wrote)));
      // The lost connection ended them, not a response other than 2xx.
      for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: { name: 'TypeError' } });
      expect((await server.ended).signal).toBe('SIGKILL');
    } finally {
      server.signal('SIGKILL');
      await server.ended;
    }
  }
  return all;
}

function noteLedger(what: string, rounds: number, ledger: Ledger): void {
  const parts = Object.entries(ledger).map(([name, entries]) => `${(entries as unknown[]).length} ${name}`);
  expect(sizeOf(ledger)).toBeGreaterThanOrEqual(rounds * 8);
  findings.note(`kill -9, ${what}`, `${rounds} rounds: ${parts.join(', ')}; 0 lost`);
}

describe('kill -9 during writes loses nothing that was confirmed with 2xx', () => {
  it('on PostgreSQL, 20 rounds', async () => {
    const postgres = await PrivatePostgres.start();
    try {
      noteLedger('PostgreSQL', 20, await killRounds(20, { DATABASE_URL: postgres.url, APP_SECRET: SECRET }));
    } finally {
      await postgres.remove();
    }
  });

  it('on the embedded database, 10 rounds', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stagedoor-data-'));
    try {
      noteLedger('embedded', 10, await killRounds(10, { DATA_DIR: join(folder, 'data') }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('SIGTERM under load', () => {
  it('fails no accepted request, and exits with 0 within the grace period', async () => {
    const postgres = await PrivatePostgres.start();
    const graceMs = 10_000;
    const server = start({ DATABASE_URL: postgres.url, APP_SECRET: SECRET, SHUTDOWN_GRACE_MS: String(graceMs) });
    try {
      const http = await server.http();
      const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
      const headers = bearer((await expectDone(http.post('/api/auth/signup', { json }))).body.data.token);
      let answered = 0;
      const failures: string[] = [];
      let draining = false;
      const client = async (): Promise<void> => {
        for (let i = 0; ; i++) {
          const sent = draining;
          try {
            const answer = await (i % 5 === 0
              ? http.post('/api/artists', { headers, json: { name: `Drained ${i}` } })
              : http.get('/api/artists', { headers }));
            answered++;
            if (answer.status >= 300) failures.push(`${answer.status} ${answer.text}`);
          } catch (error) {
            // New connections are refused after the drain; only requests sent before it have to be served.
            if (!sent) failures.push(String(error));
            return;
          }
        }
      };
      const clients = Array.from({ length: 8 }, () => client());
      await vi.waitFor(() => expect(answered).toBeGreaterThan(200), { timeout: 60_000 });
      // Reads the readiness as a load balancer does: until it has read 503, connections are accepted.
      expect((await http.get('/health/ready')).status).toBe(200);
      const from = performance.now();
      server.signal('SIGTERM');
      await server.says('SIGTERM: finishing running requests');
      draining = true;
      const ready = await http.get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.headers.get('connection')).toBe('close');
      const before = answered;
      expect(await server.ended).toEqual({ code: 0, signal: null });
      const took = performance.now() - from;
      await Promise.all(clients);
      expect(failures).toEqual([]);
      expect(answered).toBeGreaterThan(before);
      findings.note('SIGTERM under load', `${answered} served, 0 failed, exit 0 after ${took.toFixed(0)} ms`);
    } finally {
      server.signal('SIGKILL');
      await server.ended;
      await postgres.remove();
    }
  });
});
