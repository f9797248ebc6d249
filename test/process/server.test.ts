import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onServer } from '../support/global-setup.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { RawConnection, sendRaw } from '../support/raw-connection.js';
import { ServerProcess } from '../support/server-process.js';

const SIGNAL_AT_START = resolve(import.meta.dirname, 'signal-at-start.cjs');

/** A server that was started on an empty folder with nothing else set, and stopped. */
let first: ServerProcess;
let firstUrl: string;
/** The folder of `first`. A start from a copy of it creates no database. */
let usedDataDir: string;
let folder: string;
let dataDir: string;
const started: ServerProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-process-'));
  usedDataDir = join(folder, 'used');
  first = ServerProcess.start({ DATA_DIR: usedDataDir });
  firstUrl = await first.url();
  await first.stop();
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(folder, 'test-')), 'data');
  await cp(usedDataDir, dataDir, { recursive: true });
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.signalGroup('SIGKILL');
    await server.ended;
  }
});

function start(env: Record<string, string> = {}, command?: string[]): ServerProcess {
  const server = ServerProcess.start({ DATA_DIR: dataDir, ...env }, command);
  started.push(server);
  return server;
}

/** Starts on a new folder, and sends this signal as soon as the folder is there. */
function startSignalled(name: NodeJS.Signals, env: Record<string, string>): ServerProcess {
  const command = [process.execPath, '--require', SIGNAL_AT_START, 'dist/start.cjs'];
  return start({ TEST_SIGNAL: name, ...env }, command);
}

async function signUp(http: HttpClient): Promise<{ email: string; token: string; refreshToken: string }> {
  const email = freshEmail();
  const answer = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  expect(answer.status, answer.text).toBe(201);
  return { email, token: answer.body.data.token, refreshToken: answer.body.data.refreshToken };
}

/** Stays in flight until its nine bytes arrive. The server answers `100 Continue` once it has read this much. */
const UNFINISHED =
  'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n' +
  'Expect: 100-continue\r\n\r\n';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };

describe('the built server with nothing set but DATA_DIR', () => {
  it('logs its URL, its documentation and the limits of the embedded database, one JSON object a line', () => {
    expect(first.messages).toContain(`Stagedoor listens on ${firstUrl}`);
    expect(first.messages).toContain(`API documentation: ${firstUrl}/docs`);
    expect(first.stdout).toContain('Using the embedded database');
    expect(first.stdout).toContain('DATABASE_URL=postgres://');
    for (const line of first.stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    expect(first.stderr).toBe('');
  });

  it('keeps accounts, sessions, keys and its secret across a restart, and lets no second server in', async () => {
    const server = start();
    const http = await server.http();
    expect((await http.get('/docs')).text).toMatch(/<html/i);
    expect((await http.get('/docs-json')).body['openapi']).toMatch(/^3\./);
    const person = await signUp(http);
    const headers = bearer(person.token);
    const artist = await http.post('/api/artists', { headers, json: { name: 'Kept' } });
    const key = await http.post('/api/auth/keys', { headers });
    const secret = await readFile(join(dataDir, 'app-secret'), 'utf8');
    expect((await stat(join(dataDir, 'app-secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);

    const message = await expectRefused(start());
    expect(message).toContain(`Another Stagedoor is running on ${dataDir}`);
    expect(message).toContain('DATABASE_URL');
    expect((await http.get('/health/live')).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });

    const again = await start().http();
    expect(await readFile(join(dataDir, 'app-secret'), 'utf8')).toBe(secret);
    expect((await again.get(`/api/artists/${artist.body.data.id}`, { headers })).body).toMatchObject({
      data: { name: 'Kept' },
    });
    const withKey = { 'x-api-key': key.body.data.apiKey as string };
    expect((await again.get('/api/users/me', { headers: withKey })).status).toBe(200);
    const { refreshToken } = person;
    expect((await again.post('/api/auth/refresh', { json: { refreshToken } })).status).toBe(200);
    expect((await again.get('/health/ready')).status).toBe(200);
  });

  it('loses nothing that was answered 2xx when it is killed during sign-ups', async () => {
    const answered: string[] = [];
    const killed = start({ RATE_LIMIT_ENABLED: 'false', ...ROOT });
    const http = await killed.http();
    const client = async (): Promise<void> => {
      for (;;) {
        const { email } = await signUp(http);
        answered.push(email);
        if (answered.length >= 15) killed.signal('SIGKILL');
      }
    };
    // Each fails once the server is gone.
    await Promise.allSettled([client(), client(), client(), client()]);
    expect((await killed.ended).signal).toBe('SIGKILL');
    const again = await start(ROOT).http();
    const json = { email: ROOT.SUPER_ADMIN_EMAIL, password: ROOT.SUPER_ADMIN_PASSWORD };
    const root = await again.post('/api/auth/login', { json });
    const list = await again.get('/api/users?size=100', { headers: bearer(root.body.data.token) });
    const kept = new Set(list.body.data.map((user) => user.email as string));
    expect(answered.length).toBeGreaterThanOrEqual(15);
    expect(answered.filter((email) => !kept.has(email))).toEqual([]);
  });
});

describe('a signal', () => {
  it('SIGTERM answers the request in flight, then exits with 0', async () => {
    const server = start();
    const url = await server.url();
    const body = JSON.stringify({ email: freshEmail(), name: 'John Doe', password: PASSWORD });
    const connection = await RawConnection.open(url);
    connection.send(
      'POST /api/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The server has read the headers when it sends this.
    await connection.hears('100 Continue');
    server.signal('SIGTERM');
    await server.says('SIGTERM: finishing running requests');
    connection.send(body);
    await connection.hears('201 Created');
    await connection.closed;
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.messages.at(-1)).toBe('Stopped');
  });

  it('SIGTERM is followed by SHUTDOWN_DELAY_MS in which requests are served and their connections closed', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000', SHUTDOWN_DELAY_MS: '300000' });
    const url = await server.url();
    const kept = await RawConnection.open(url);
    kept.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.hears('{"status":"ok"}');
    server.signal('SIGTERM');
    await server.says('SIGTERM: finishing running requests');
    kept.send('GET /api/users/me HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.hears('HTTP/1.1 401 Unauthorized');
    await kept.hears('connection: close');
    await kept.closed;
    const again = await sendRaw(url, 'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(again.status).toBe(503);
    const repeated = setInterval(() => server.signal('SIGTERM'), 50);
    expect(await server.ended).toEqual({ code: 1, signal: null });
    clearInterval(repeated);
  });

  it('SIGTERM does not wait for clients that have sent no whole request, nor because /health was read', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000' });
    const url = await server.url();
    // What balancers read is /health/ready.
    expect((await (await server.http()).get('/health')).status).toBe(200);
    const silent = await RawConnection.open(url);
    const half = await RawConnection.open(url);
    half.send('GET /health/live HTTP/1.1\r\nHost: x\r\nX-Half: ');
    const kept = await RawConnection.open(url);
    kept.send('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    await kept.hears('{"status":"ok"}');
    kept.send('GET /health/l');
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
    await Promise.all([silent.closed, half.closed, kept.closed]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s during the start ends it in order, with 0', async (name) => {
    const fresh = join(dataDir, 'fresh');
    const server = startSignalled(name, { DATA_DIR: fresh, SHUTDOWN_GRACE_MS: '600000' });
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.messages.at(-1)).toBe('Stopped');
    expect(server.messages.filter((message) => message.includes('listens'))).toEqual([]);
    expect(server.stderr).toBe('');
    expect(await readdir(fresh)).not.toContain('socket');
  });

  it('during the start leaves a data folder that the next start completes', async () => {
    const fresh = join(dataDir, 'fresh');
    const server = startSignalled('SIGTERM', { DATA_DIR: fresh, SHUTDOWN_GRACE_MS: '600000' });
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.messages.at(-1)).toBe('Stopped');
    await signUp(await start({ DATA_DIR: fresh }).http());
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('a second %s exits at once, with 1', async (name) => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000', REQUEST_TIMEOUT_MS: '600000' });
    const connection = await RawConnection.open(await server.url());
    connection.send(UNFINISHED);
    await connection.hears('100 Continue');
    server.signal(name);
    await server.says(`${name}: finishing running requests`);
    // Repeats within the first half second are taken for echoes of the first.
    const again = setInterval(() => server.signal(name), 50);
    expect(await server.ended).toEqual({ code: 1, signal: null });
    clearInterval(again);
    connection.destroy();
  });

  it('exits with 1 and logs why when a request outlasts SHUTDOWN_GRACE_MS', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '100' });
    const connection = await RawConnection.open(await server.url());
    connection.send(UNFINISHED);
    await connection.hears('100 Continue');
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.messages.at(-1)).toContain('SHUTDOWN_GRACE_MS (100 ms)');
    connection.destroy();
  });

  it('Ctrl-C under npm start, which npm passes on a second time, drains and exits with 0', async () => {
    const server = start({}, ['npm', 'start', '--ignore-scripts', '--silent']);
    await server.url();
    server.signalGroup('SIGINT');
    expect((await server.ended).code).toBe(0);
    expect(server.messages.at(-1)).toBe('Stopped');
  });

  it('SIGTERM to npm reaches the server', async () => {
    const server = start({}, ['npm', 'start', '--ignore-scripts', '--silent']);
    const http = await server.http();
    server.signal('SIGTERM');
    await server.ended;
    expect(server.messages.at(-1)).toBe('Stopped');
    await expect(http.get('/health/live')).rejects.toThrow();
  });
});

/** The last line of the log: its message, followed by a line for each problem of the configuration. */
async function expectRefused(server: ServerProcess): Promise<string> {
  expect(await server.ended).toEqual({ code: 1, signal: null });
  expect(server.stderr).toBe('');
  const line = JSON.parse(server.stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(line).toMatchObject({ level: 'fatal', msg: expect.any(String) });
  expect(line).not.toHaveProperty('err');
  return [line['msg'], ...((line['problems'] ?? []) as string[])].join('\n');
}

describe('a start that cannot succeed exits with 1 and says what to do', () => {
  it('about every error of the configuration at once, without a secret', async () => {
    const message = await expectRefused(
      start({
        PORT: 'http',
        LOG_LEVEL: 'loud',
        DATABASE_URL: 'mysql://root:s3cr3t-of-mine@localhost/x',
        APP_SECRET: 'too-short-of-mine',
        SUPER_ADMIN_EMAIL: 'root@example.com',
        REFRESH_TOKEN_PURGE_CRON: 'sometimes',
        CORS_ORIGINS: '*',
      }),
    );
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'APP_SECRET',
      'SUPER_ADMIN_PASSWORD',
      'REFRESH_TOKEN_PURGE_CRON',
      'CORS_ORIGINS',
    ]) {
      expect(message).toMatch(new RegExp(`^.*${name} `, 'm'));
    }
    expect(message).not.toContain('of-mine');
  });

  it('about a PORT that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const message = await expectRefused(start({ PORT: String(port) }));
    expect(message).toContain('set PORT to a free one');
    other.close();
  });

  it('about a HOST that this machine does not have', async () => {
    const message = await expectRefused(start({ HOST: '203.0.113.9' }));
    expect(message).toMatch(/^HOST "203\.0\.113\.9" .* this machine .*leave it unset$/);
  });

  it('about a DATA_DIR under a file', async () => {
    const message = await expectRefused(start({ DATA_DIR: join(dataDir, 'app-secret', 'data') }));
    expect(message).toMatch(
      /^DATA_DIR must be a folder .* is, or lies under, a file .*: set another one, or DATABASE_URL$/,
    );
  });

  it('about a database that does not answer', async () => {
    // No one listens on a port that only a privileged program may have.
    const url = 'postgres://app:s3cr3t-of-mine@127.0.0.1:1/app';
    const message = await expectRefused(start({ DATABASE_URL: url, APP_SECRET: 'x1y2'.repeat(12) }));
    expect(message).toMatch(/^The database cannot be reached: check DATABASE_URL.* \(ECONNREFUSED: /);
    expect(message).not.toContain('of-mine');
  });

  it('about another APP_SECRET than the signing keys are sealed under, and damages nothing', async () => {
    const message = await expectRefused(start({ APP_SECRET: 'another-secret-of-32-bytes-or-more' }));
    expect(message).toContain('APP_SECRET does not open the signing keys');
    expect(message).toContain('start with the APP_SECRET they were made under');
    expect(message).not.toContain('another-secret');
    // Unset, the secret in the folder opens them.
    await start().url();
  });
});

const SERVER_URL = process.env['TEST_DATABASE_URL'] ?? '';
describe.runIf(SERVER_URL !== '')('several servers that start at once on an empty PostgreSQL', () => {
  it('all come up, with one SUPER_ADMIN and one signing key, and accept one another’s tokens', async () => {
    const name = `stagedoor_process_${randomBytes(6).toString('hex')}`;
    await onServer(SERVER_URL, `CREATE DATABASE ${name}`);
    const url = new URL(SERVER_URL);
    url.pathname = `/${name}`;
    try {
      const env = { DATABASE_URL: url.href, APP_SECRET: randomBytes(32).toString('hex'), ...ROOT };
      const servers = [start(env), start(env), start(env)];
      const clients = await Promise.all(servers.map((server) => server.http()));
      const { token } = await signUp(clients[0]);
      for (const http of clients) {
        expect((await http.get('/api/users/me', { headers: bearer(token) })).status).toBe(200);
        expect((await http.get('/.well-known/jwks.json')).body['keys']).toHaveLength(1);
      }
      const client = new pg.Client({ connectionString: url.href });
      await client.connect();
      const { rows } = await client.query(
        `SELECT (SELECT count(*)::int FROM users WHERE role = 'SUPER_ADMIN') AS admins,
                (SELECT count(*)::int FROM signing_keys) AS keys`,
      );
      await client.end();
      expect(rows).toEqual([{ admins: 1, keys: 1 }]);
      for (const server of servers) expect(await server.stop()).toEqual({ code: 0, signal: null });
    } finally {
      for (const server of started) server.signal('SIGKILL');
      await Promise.all(started.map((server) => server.ended));
      await onServer(SERVER_URL, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
