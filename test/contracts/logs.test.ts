import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ContinuedAccess } from '../../src/modules/sessions/continued-access.js';
import { startApp, type TestApp } from '../support/app.js';
import { holdHashing } from '../support/held-hashing.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { makeKey, type Person, signUp } from '../support/people.js';

type LogLine = Record<string, unknown> & { level: string; msg?: string };
const linesOf = (app: TestApp): LogLine[] => app.logLines.map((line) => JSON.parse(line) as LogLine);
const warnings = (app: TestApp, context: string): LogLine[] =>
  linesOf(app).filter((line) => line.level === 'warn' && line['context'] === context);

describe('the log', () => {
  it('names the service, its version and its process on every line', async () => {
    const app = await startApp();
    await app.close();
    expect(linesOf(app).length).toBeGreaterThan(0);
    for (const line of linesOf(app)) {
      expect(line).toMatchObject({
        service: 'stagedoor',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        pid: process.pid,
      });
    }
  });
});

describe('with ACCESS_LOG=true', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await startApp({ env: { ACCESS_LOG: 'true', TRUST_PROXY: 'true' } });
    person = await signUp(app);
  });
  afterAll(() => app.close());

  /** The line of one request. */
  async function lineOf(path: string, headers: Record<string, string>): Promise<LogLine> {
    const answer = await app.http.get(path, { headers });
    const id = answer.headers.get('x-request-id');
    const isIts = (line: LogLine): boolean => line.msg === 'Request answered' && line['requestId'] === id;
    await expect.poll(() => linesOf(app).filter(isIts).length).toBe(1);
    return linesOf(app).find(isIts) as LogLine;
  }

  it('a response is one line with its route template, status, duration and user', async () => {
    const line = await lineOf('/api/artists/018f2c6e-0000-7000-8000-000000000000?id_type=stagedoor', person.headers);
    expect(line).toMatchObject({ level: 'info', method: 'GET', route: '/api/artists/:id', userId: person.id });
    expect([line['status'], typeof line['durationMs'], line['ip']]).toEqual([
      expect.any(Number),
      'number',
      '127.0.0.1',
    ]);
    expect(JSON.stringify(line)).not.toContain('018f2c6e-0000');
  });

  it('a request with an API key names the key, one without credentials nobody', async () => {
    const key = await makeKey(app, person);
    const { keyId } = key;
    expect(await lineOf('/api/artists', apiKey(key.apiKey))).toMatchObject({ userId: person.id, keyId });
    expect(await lineOf('/nowhere', {})).toMatchObject({ route: 'unmatched', status: 404 });
    expect(await lineOf('/health/live', {})).not.toHaveProperty('userId');
  });

  it.each([
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['"<script>"', '127.0.0.1'],
  ])('the address is canonical, and never any other text from X-Forwarded-For: %s', async (reported, ip) => {
    expect(await lineOf('/health/live', { 'x-forwarded-for': reported })).toMatchObject({ ip });
  });
});

describe('without ACCESS_LOG', () => {
  it('no line is written for a response', async () => {
    const app = await startApp();
    await app.http.get('/health/live');
    await app.close();
    expect(linesOf(app).filter(({ msg }) => msg === 'Request answered')).toEqual([]);
  });
});

describe('a request for what the operator has not configured', () => {
  it('is not logged as a failure, and has no stack, since anyone may send it', async () => {
    const app = await startApp({
      env: { NODE_ENV: 'production', APP_SECRET: 's3cret-'.repeat(8), EMBEDDED_DATABASE: 'true' },
    });
    const forgotten = await app.http.post('/api/auth/password/forgot', { json: { email: 'ada@example.com' } });
    const passkey = await app.http.post('/api/auth/passkey/options');
    expect([forgotten.status, passkey.status]).toEqual([501, 501]);
    await app.close();
    const lines = linesOf(app).filter(({ status }) => status === 501);
    expect(lines).toMatchObject([
      { level: 'debug', code: 'mail_not_configured' },
      { level: 'debug', code: 'passkeys_not_configured' },
    ]);
    for (const line of lines) expect(line).not.toHaveProperty('err');
  });
});

describe('errors of one kind within ten seconds', () => {
  it('are counted, and the count is logged when the server ends', async () => {
    const app = await startApp({ env: { HASH_CONCURRENCY: '1', HASH_QUEUE_MAX: '0' } });
    const json = { email: 'ada@example.com', password: 'quiet-Harbour-42' };
    const logIn = (): Promise<HttpAnswer> => app.http.post('/api/auth/login', { json });
    const hashing = holdHashing();
    const first = logIn();
    await expect.poll(() => hashing.begun()).toBe(1);
    for (let i = 0; i < 5; i++) expect((await logIn()).status).toBe(503);
    hashing.release();
    expect((await first).status).toBe(401);
    await app.close();
    expect(warnings(app, 'RepeatedErrors')).toMatchObject([{ code: 'overloaded', requests: 4 }]);
  });
});

describe('an export that fails after it began', () => {
  it('is logged with the id of its request', async () => {
    const app = await startApp();
    try {
      const { id, headers } = await signUp(app);
      await app.database.query(
        `INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
         SELECT gen_random_uuid(), $1, repeat('x', 200), 'active', now() + n * interval '1 s', now()
           FROM generate_series(1, 2000) n`,
        [id],
      );
      // Ten pages are sent, which begins the answer; the next one is not read before the session has ended.
      const access = app.nest.get(ContinuedAccess, { strict: false });
      const check = access.assertUnchanged.bind(access);
      let end = (): void => undefined;
      const ended = new Promise<void>((resolve) => (end = resolve));
      let pages = 0;
      vi.spyOn(access, 'assertUnchanged').mockImplementation(async (principal) => {
        if (++pages > 10) await ended;
        return check(principal);
      });
      const response = await fetch(`${app.url}/api/catalogue/export`, { headers });
      const reader = response.body?.getReader();
      await reader?.read();
      await app.http.post('/api/auth/logout', { headers }).finally(end);
      await expect(
        (async () => {
          while (!(await reader?.read())?.done);
        })(),
      ).rejects.toThrow('terminated');
      const requestId = response.headers.get('x-request-id');
      expect(linesOf(app).filter(({ msg }) => msg === 'Download ended early')).toMatchObject([
        { level: 'debug', requestId, code: 'invalid_token' },
      ]);
      expect(linesOf(app).filter(({ level }) => level === 'error')).toEqual([]);
    } finally {
      await app.close();
    }
  });
});

describe('a setting that is probably missing', () => {
  it('TRUST_PROXY is named once, when X-Forwarded-For arrives without it', async () => {
    const app = await startApp();
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      await app.http.get('/health/live', { headers: { 'x-forwarded-for': address } });
    }
    await app.close();
    expect(warnings(app, 'Settings')).toMatchObject([{ msg: expect.stringContaining('TRUST_PROXY is not set') }]);
  });

  it('TRUST_PROXY is not named where it is set', async () => {
    const app = await startApp({ env: { TRUST_PROXY: 'loopback' } });
    await app.http.get('/health/live', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    await app.close();
    expect(warnings(app, 'Settings')).toEqual([]);
  });

  it('an address that a proxy wrote with a port is logged without it', async () => {
    const app = await startApp({ env: { TRUST_PROXY: 'loopback' } });
    const json = { email: 'ada@example.com', name: 'Ada', password: 'quiet-Harbour-42' };
    const headers = { 'x-forwarded-for': '198.51.100.9:40001, 127.0.0.1:443' };
    expect((await app.http.post('/api/auth/signup', { json, headers })).status).toBe(201);
    await app.close();
    const made = linesOf(app).filter(({ event }) => event === 'account.created');
    expect(made.map(({ ip }) => ip)).toEqual(['198.51.100.9']);
  });

  it('CORS_ORIGINS is named for each origin once, not for allowed ones and our own pages', async () => {
    const app = await startApp({ env: { CORS_ORIGINS: 'https://app.example' } });
    const origins = ['https://app.example', app.url, 'https://other.example', 'https://other.example', 'null'];
    for (const origin of origins) await app.http.get('/health/live', { headers: { origin } });
    await app.close();
    expect(warnings(app, 'Settings').map(({ origin }) => origin)).toEqual(['https://other.example', 'null']);
    expect(warnings(app, 'Settings')[0]?.msg).toContain('CORS_ORIGINS');
  });

  it('a flood of origins does not become a flood of lines', async () => {
    const app = await startApp();
    for (let n = 0; n < 50; n++) {
      await app.http.get('/health/live', { headers: { origin: `https://${n}.${'x'.repeat(500)}.example` } });
    }
    await app.close();
    expect(warnings(app, 'Settings')).toHaveLength(20);
    expect(String(warnings(app, 'Settings')[0]?.['origin'])).toHaveLength(200);
  });
});
