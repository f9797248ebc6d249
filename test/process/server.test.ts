import { cp, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { onPostgres } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';
import { buildServer, type BuiltServer, ServerProcess } from '../support/server-process.js';

// Each starts servers, some several times.
vi.setConfig({ testTimeout: 120_000 });

let built: BuiltServer;
let dataDir: string;
/** The folder of a server that was started once: a start from a copy of it makes no database. */
let usedDataDir: string;
const started: ServerProcess[] = [];
beforeAll(async () => {
  built = await buildServer();
  usedDataDir = join(built.folder, 'data');
  const server = ServerProcess.start(built, { DATA_DIR: usedDataDir });
  await server.url();
  await server.stop();
}, 120_000);
afterAll(() => built.remove());
beforeEach(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'stagedoor-data-')), 'data');
  await cp(usedDataDir, dataDir, { recursive: true });
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.signalGroup('SIGKILL');
    await server.ended;
  }
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

function start(env: Record<string, string> = {}, command?: readonly string[]): ServerProcess {
  const server = ServerProcess.start(built, { DATA_DIR: dataDir, ...env }, command);
  started.push(server);
  return server;
}

async function signUp(http: HttpClient): Promise<{ email: string; token: string; refreshToken: string }> {
  const email = freshEmail();
  const answer = await http.post('/api/auth/signup', { json: { email, name: 'John Doe', password: PASSWORD } });
  expect(answer.status, answer.text).toBe(201);
  return { email, token: answer.body.data.token, refreshToken: answer.body.data.refreshToken };
}

/** It stays in flight until its nine bytes come; the server says `100 Continue` when it has read this much. */
const UNFINISHED =
  'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n' +
  'Expect: 100-continue\r\n\r\n';

const ROOT = { SUPER_ADMIN_EMAIL: 'root@example.com', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' };

describe('the built server with nothing set but DATA_DIR', () => {
  it('says where it listens, where its docs are and what the embedded database is for; one JSON object a line', async () => {
    const server = start({ DATA_DIR: join(dataDir, 'of-its-own') });
    const url = await server.url();
    await server.says('The embedded database is for trying out and small uses');
    expect(server.messages).toContain(`Stagedoor listens on ${url}`);
    expect(server.messages).toContain(`Its documentation is at ${url}/docs`);
    expect(server.stdout).toContain('DATABASE_URL=postgres://');
    for (const line of server.stdout.trim().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
    const http = await server.http();
    expect((await http.get('/health/ready')).status).toBe(200);
    expect((await http.get('/docs')).text).toMatch(/<html/i);
    expect((await http.get('/docs-json')).body['openapi']).toMatch(/^3\./);
    expect(server.stderr).toBe('');
  });

  it('has everything again after a stop and a start: accounts, sessions, keys, its secret', async () => {
    const first = start();
    const http = await first.http();
    const person = await signUp(http);
    const headers = bearer(person.token);
    const artist = await http.post('/api/artists', { headers, json: { name: 'Kept' } });
    const key = await http.post('/api/auth/keys', { headers });
    const secret = await readFile(join(dataDir, 'app-secret'), 'utf8');
    expect((await stat(join(dataDir, 'app-secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
    expect(await first.stop()).toEqual({ code: 0, signal: null });

    const again = await start().http();
    expect(await readFile(join(dataDir, 'app-secret'), 'utf8')).toBe(secret);
    expect((await again.get(`/api/artists/${artist.body.data.id}`, { headers })).body).toMatchObject({
      data: { name: 'Kept' },
    });
    const withKey = { 'x-api-key': key.body.data.apiKey as string };
    expect((await again.get('/api/users/me', { headers: withKey })).status).toBe(200);
    const { refreshToken } = person;
    expect((await again.post('/api/auth/refresh', { json: { refreshToken } })).status).toBe(200);
  });
});

describe('a signal', () => {
  it('SIGTERM answers the request in flight, then exits 0', async () => {
    const server = start();
    const url = await server.url();
    const body = JSON.stringify({ email: freshEmail(), name: 'John Doe', password: PASSWORD });
    const connection = await RawConnection.open(url);
    connection.send(
      'POST /api/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Content-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    // The server has read the headers when it says so.
    await connection.hears('100 Continue');
    server.signal('SIGTERM');
    await server.says('SIGTERM: finishing what runs');
    connection.send(body);
    await connection.hears('201 Created');
    await connection.closed;
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.messages.at(-1)).toBe('Stopped');
  });

  it('SIGTERM waits for nobody who has asked nothing, or half of something', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000' });
    const url = await server.url();
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

  it('SIGTERM waits for nobody who has read /health, where people look and no balancer', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000' });
    const http = await server.http();
    expect((await http.get('/health')).status).toBe(200);
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s while it starts ends it in order, and with 0', async (name) => {
    const fresh = join(dataDir, 'of-its-own');
    const server = start({ DATA_DIR: fresh, SHUTDOWN_GRACE_MS: '600000' });
    await vi.waitFor(() => stat(fresh), { timeout: 60_000, interval: 5 });
    server.signal(name);
    expect(await server.ended).toEqual({ code: 0, signal: null });
    expect(server.messages.at(-1)).toBe('Stopped');
    expect(server.messages.filter((message) => message.includes('listens'))).toEqual([]);
    expect(server.stderr).toBe('');
    expect(await readdir(fresh)).not.toContain('socket');
    // It left nothing half made.
    const http = await start({ DATA_DIR: fresh }).http();
    await signUp(http);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('a second %s ends at once with 1', async (name) => {
    const server = start({ SHUTDOWN_GRACE_MS: '600000', REQUEST_TIMEOUT_MS: '600000' });
    const connection = await RawConnection.open(await server.url());
    connection.send(UNFINISHED);
    await connection.hears('100 Continue');
    server.signal(name);
    await server.says(`${name}: finishing what runs`);
    // Repeats within the first half second are echoes of the first.
    const again = setInterval(() => server.signal(name), 50);
    expect(await server.ended).toEqual({ code: 1, signal: null });
    clearInterval(again);
    connection.destroy();
  });

  it('ends anyway, with 1 and a word why, when a request outlasts SHUTDOWN_GRACE_MS', async () => {
    const server = start({ SHUTDOWN_GRACE_MS: '100' });
    const connection = await RawConnection.open(await server.url());
    connection.send(UNFINISHED);
    await connection.hears('100 Continue');
    server.signal('SIGTERM');
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.messages.at(-1)).toContain('SHUTDOWN_GRACE_MS (100 ms)');
    connection.destroy();
  });

  it('Ctrl-C under npm start, which npm passes on a second time, drains and exits 0', async () => {
    const server = start({}, ['npm', 'start', '--ignore-scripts', '--silent']);
    const http = await server.http();
    await signUp(http);
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

  it('kill -9 under sign-ups loses nothing that was answered 2xx', async () => {
    const answered: string[] = [];
    for (let round = 0; round < 3; round++) {
      const server = start({ RATE_LIMIT_ENABLED: 'false', ...ROOT });
      const http = await server.http();
      const enough = answered.length + 15;
      const client = async (): Promise<void> => {
        for (;;) {
          const { email } = await signUp(http);
          answered.push(email);
          if (answered.length >= enough) server.signal('SIGKILL');
        }
      };
      // Each ends when the server is gone.
      await Promise.allSettled([client(), client(), client(), client()]);
      expect((await server.ended).signal).toBe('SIGKILL');
    }
    const http = await start({ RATE_LIMIT_ENABLED: 'false', ...ROOT }).http();
    const root = await http.post('/api/auth/login', {
      json: { email: 'root@example.com', password: 'Open-5esame-root' },
    });
    const list = await http.get('/api/users?size=100', { headers: bearer(root.body.data.token) });
    const kept = new Set(list.body.data.map((user) => user.email as string));
    expect(answered.length).toBeGreaterThanOrEqual(45);
    expect(answered.filter((email) => !kept.has(email))).toEqual([]);
  });
});

describe('a start that cannot succeed ends with 1 and says what to do', () => {
  async function expectRefused(server: ServerProcess): Promise<string> {
    expect(await server.ended).toEqual({ code: 1, signal: null });
    expect(server.stderr).not.toMatch(/^\s+at /m);
    return server.stderr;
  }

  it('a second server on one DATA_DIR, while the first goes on', async () => {
    const http = await start().http();
    const said = await expectRefused(start());
    expect(said).toContain(`Another Stagedoor is running on ${dataDir}`);
    expect(said).toContain('DATABASE_URL');
    expect((await http.get('/health/ready')).status).toBe(200);
  });

  it('every fault of the configuration at once, and no secret', async () => {
    const said = await expectRefused(
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
      expect(said).toMatch(new RegExp(`^ {2}- .*${name} `, 'm'));
    }
    expect(said).not.toContain('of-mine');
  });

  it('a PORT that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const said = await expectRefused(start({ PORT: String(port) }));
    expect(said).toContain('set PORT to a free one');
    other.close();
  });

  it.each(['nosuchhost.invalid', '256.1.1.1', '203.0.113.9'])(
    'a HOST that is none of this machine: %s',
    async (host) => {
      const said = await expectRefused(start({ HOST: host }));
      expect(said).toMatch(new RegExp(`^HOST "${host}" is no address of this machine .*leave it unset\n$`));
    },
  );

  it('a DATA_DIR that is a file, or lies under one', async () => {
    const file = join(dataDir, 'app-secret');
    for (const folder of [file, join(file, 'data')]) {
      const said = await expectRefused(start({ DATA_DIR: folder }));
      expect(said).toMatch(
        /^DATA_DIR must be a folder .* is, or lies under, a file .*: set another one, or DATABASE_URL\n$/,
      );
    }
  });

  it('a database that does not answer', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    const url = `postgres://app:s3cr3t-of-mine@127.0.0.1:${port}/app`;
    const said = await expectRefused(start({ DATABASE_URL: url, APP_SECRET: 'x1y2'.repeat(12) }));
    expect(said).toContain('The database cannot be reached (ECONNREFUSED): check DATABASE_URL');
    expect(said).not.toContain('of-mine');
  });

  it('another APP_SECRET than the signing keys were made under', async () => {
    const first = start();
    await first.url();
    await first.stop();
    const said = await expectRefused(start({ APP_SECRET: 'another-secret-of-32-bytes-or-more' }));
    expect(said).toContain('APP_SECRET does not open the signing keys');
    expect(said).toContain('start with the APP_SECRET they were made under');
    expect(said).not.toContain('another-secret');
    // Nothing was damaged: without it, the one that is kept opens them again.
    await start().url();
  });
});

describe.runIf(onPostgres())('several servers that start at once on an empty PostgreSQL', () => {
  it('all come up, with one SUPER_ADMIN and one signing key, and take one another’s tokens', async () => {
    const serverUrl = process.env['TEST_DATABASE_URL'] ?? '';
    const name = `stagedoor_process_${randomBytes(6).toString('hex')}`;
    await onServer(serverUrl, `CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
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
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
