import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, stopBackgroundWork, SUPER_ADMIN, type TestApp } from '../support/app.js';
import { expectRefusal, expectSuccess, UNKNOWN_ID } from '../support/api-answers.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

type LogLine = Record<string, unknown> & { level: string; msg?: string };
const linesOf = (app: TestApp): LogLine[] => app.logLines.map((line) => JSON.parse(line) as LogLine);

describe('SECURITY 28: an internal error', () => {
  let app: TestApp;
  let root: Person;
  let keyHeaders: Record<string, string>;
  beforeAll(async () => {
    app = await startApp();
    root = await superAdmin(app);
    keyHeaders = apiKey((await makeKey(app, root)).apiKey);
  });
  afterAll(() => app.close());

  const query = (sql: string): Promise<unknown> => app.database.query(sql);

  async function expectSilence(answer: HttpAnswer): Promise<void> {
    expectRefusal(answer, 500, 'internal_error');
    expect(answer.body).toEqual({
      statusCode: 500,
      message: 'Something went wrong on our side',
      error: 'Internal Server Error',
      code: 'internal_error',
    });
    const id = answer.headers.get('x-request-id');
    const errors = linesOf(app).filter((line) => line.level === 'error' && line['requestId'] === id);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ msg: 'Request failed', status: 500, err: { message: expect.any(String) } });
  }

  /** What an operator could break in the database, and a call that fails because of it. */
  const broken: [string, spoil: string, mend: string, call: () => Promise<HttpAnswer>][] = [
    ...(
      [
        ['artists', 'list artists', () => app.http.get('/api/artists', { headers: root.headers })],
        ['artists', 'show an artist', () => app.http.get(`/api/artists/${UNKNOWN_ID}`, { headers: root.headers })],
        ['artists', 'create', () => app.http.post('/api/artists', { headers: root.headers, json: { name: 'x' } })],
        ['artists', 'change', () => app.http.patch(`/api/artists/${UNKNOWN_ID}`, { headers: root.headers, json: {} })],
        ['artists', 'delete', () => app.http.delete(`/api/artists/${UNKNOWN_ID}`, { headers: root.headers })],
        ['songs', 'show a song', () => app.http.get(`/api/songs/${UNKNOWN_ID}`, { headers: root.headers })],
        ['users', 'list users', () => app.http.get('/api/users', { headers: root.headers })],
        ['users', 'log in', () => app.http.post('/api/auth/login', { json: SUPER_ADMIN })],
        ['sessions', 'refresh', () => app.http.post('/api/auth/refresh', { json: { refreshToken: 'x'.repeat(43) } })],
        ['sessions', 'log in', () => app.http.post('/api/auth/login', { json: SUPER_ADMIN })],
        ['api_keys', 'make a key', () => app.http.post('/api/auth/keys', { headers: root.headers, json: {} })],
        ['api_keys', 'list keys', () => app.http.get('/api/auth/keys', { headers: root.headers })],
      ] as [string, string, () => Promise<HttpAnswer>][]
    ).map(
      ([table, what, call]) =>
        [
          `no table ${table}: ${what}`,
          `ALTER TABLE ${table} RENAME TO elsewhere`,
          `ALTER TABLE elsewhere RENAME TO ${table}`,
          call,
        ] as [string, string, string, () => Promise<HttpAnswer>],
    ),
    [
      'a trigger that mentions paths',
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'see /etc/passwd'; END $$;
       CREATE TRIGGER spoil BEFORE INSERT ON artists FOR EACH ROW EXECUTE FUNCTION spoil()`,
      'DROP TRIGGER spoil ON artists; DROP FUNCTION spoil()',
      () => app.http.post('/api/artists', { headers: keyHeaders, json: { name: 'x' } }),
    ],
  ];

  it.each(broken)('is logged once and not described to the client: %s', async (_, spoil, mend, call) => {
    await query(spoil);
    try {
      await expectSilence(await call());
    } finally {
      await query(mend);
    }
    expect((await call()).status).toBeLessThan(500);
  });

  it('is logged without the row, hash and statement that the database reports', async () => {
    await query(`ALTER TABLE users ADD CONSTRAINT broken CHECK (email NOT LIKE 'spoilt%')`);
    const json = { email: 'spoilt@example.com', name: 'John Doe', password: PASSWORD };
    await expectSilence(await app.http.post('/api/auth/signup', { json }));
    await query('ALTER TABLE users DROP CONSTRAINT broken');
    const log = app.logLines.join('');
    expect(log).toContain('violates check constraint');
    for (const text of ['$argon2', 'spoilt@example.com', 'INSERT INTO']) expect(log).not.toContain(text);
  });
});

describe('SECURITY 29: the log', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { LOG_LEVEL: 'trace' } });
  });
  afterAll(() => app.close());

  it('has one JSON object per line for any input, without secrets, that names what happened', async () => {
    const marker = 'mArKeR';
    const password = `${marker}-quiet-Harbour-42`;
    const person = await signUp(app, { password });
    const key = await makeKey(app, person);
    const headers = { ...person.headers, cookie: `session=${marker}`, 'user-agent': `${marker}\t"}` };
    const secrets = [marker, person.token, person.refreshToken, key.apiKey, '$argon2', 'Bearer'];
    await app.http.get('/api/users/me', { headers });
    await app.http.get(`/api/users/me?token=${person.token}&${marker}=1`, { headers });
    await app.http.get(`/api/artists?q=${marker}`, { headers });
    await app.http.get(`/api/artists/${person.token}`, { headers });
    await app.http.delete(`/api/auth/keys/${key.apiKey}`, { headers });
    await app.http.get(`/nothing/${key.apiKey}/${person.refreshToken}`);
    await app.http.post('/api/auth/login', { json: { email: person.email, password: `${marker}-wrong` } });
    await app.http.post('/api/auth/login', { json: { email: `${marker}@example.com\n{"level":"fatal"}`, password } });
    await app.http.post('/api/auth/login', {
      raw: `{"password":"${marker}`,
      headers: { 'content-type': 'application/json' },
    });
    await app.http.post('/api/auth/login', { json: { [marker]: marker } });
    await app.http.get('/api/users/me', { headers: bearer(`${person.token}x`) });
    await app.http.get('/api/users/me', { headers: { authorization: `Basic ${marker}` } });
    await app.http.get('/api/users/me', { headers: { 'x-api-key': `${key.apiKey}x`, 'x-request-id': `${marker} "` } });
    await app.http.get('/api/users', { headers });
    await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    await app.http.post('/api/auth/refresh', { json: { refreshToken: `${marker}${person.refreshToken}` } });
    await app.http.delete(`/api/auth/keys/${key.keyId}`, { headers });
    await app.http.post('/api/auth/logout', { headers, json: { refreshToken: person.refreshToken } });

    for (const line of app.logLines) {
      expect(line.endsWith('\n')).toBe(true);
      expect(line.trimEnd()).not.toContain('\n');
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
      for (const secret of secrets) expect(line).not.toContain(secret);
    }
    const events = new Set(linesOf(app).map((line) => line['event']));
    for (const event of [
      ...['account.created', 'login.failed', 'access.denied'],
      ...['api_key.created', 'api_key.revoked', 'session.ended'],
    ]) {
      expect(events).toContain(event);
    }
  });

  it('has the request’s id on each of its lines', async () => {
    await app.http.get('/api/nothing', { headers: { 'x-request-id': 'follow-me-1' } });
    expect(linesOf(app).filter((line) => line['requestId'] === 'follow-me-1')).toHaveLength(1);
  });

  it('reports a client that disconnects in the middle of its body only at debug', async () => {
    const connection = await RawConnection.open(app.url);
    connection.send(
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: hangs-up\r\nContent-Type: application/json\r\n' +
        'Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n',
    );
    await connection.hears('100 Continue');
    connection.send('{"email":');
    connection.destroy();
    await vi.waitFor(() => expect(linesOf(app).some((line) => line['requestId'] === 'hangs-up')).toBe(true), 60_000);
    const lines = linesOf(app).filter((line) => line['requestId'] === 'hangs-up');
    expect(lines.map(({ level }) => level)).toEqual(['debug']);
    expect((await app.http.get('/health/live')).status).toBe(200);
  });
});

describe('a lost database', () => {
  let database: TestDatabase;
  let proxy: DatabaseProxy;
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    database = await openTestDatabase();
    proxy = new DatabaseProxy(new URL(database.url));
    await proxy.start();
    app = await startApp({ database: await database.through(proxy.url) });
    person = await signUp(app);
  });
  afterEach(() => proxy.start().catch(() => undefined));
  afterAll(async () => {
    await app.close();
    await proxy.stop();
    await database.close();
  });

  const calls: readonly (() => Promise<HttpAnswer>)[] = [
    () => app.http.get('/api/artists', { headers: person.headers }),
    () => app.http.post('/api/artists', { headers: person.headers, json: { name: 'x' } }),
    () => app.http.post('/api/auth/login', { json: { email: person.email, password: PASSWORD } }),
    () => app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } }),
    () => app.http.post('/api/auth/signup', { json: { email: freshEmail(), name: 'John Doe', password: PASSWORD } }),
  ];

  it('is 503 with Retry-After, live but not ready; and is used again when it is back', async () => {
    await proxy.stop();
    for (const call of calls) {
      const answer = await call();
      expectRefusal(answer, 503, 'service_unavailable');
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text).not.toMatch(/ECONN|127\.0\.0\.1|postgres|connect/i);
    }
    expect((await app.http.get('/health/live')).status).toBe(200);
    for (const path of ['/health/ready', '/health']) {
      const health = await app.http.get(path);
      expect(health.status).toBe(503);
      expect(health.body).toMatchObject({ status: 'error', checks: { database: { status: 'down' } } });
    }
    expect((await app.http.get('/health/ready')).body).toEqual({
      status: 'error',
      checks: { database: { status: 'down' } },
    });

    await proxy.start();
    await vi.waitFor(async () => expect((await app.http.get('/health/ready')).status).toBe(200), 60_000);
    for (const call of calls) expect((await call()).status).toBeLessThan(300);
  });

  it.runIf(onPostgres())('that closes our connections causes a 503 at most, and never ends the process', async () => {
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const { status } = await app.http.get('/api/artists', { headers: person.headers });
    expect([200, 503]).toContain(status);
    expectSuccess(await app.http.get('/api/artists', { headers: person.headers }), 200, { list: true });
  });
});

describe('a pool whose every connection is in use', () => {
  let database: TestDatabase;
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    database = await openTestDatabase();
    app = await startApp({ database: await database.through(database.url, { acquireTimeoutMs: 3000 }) });
    stopBackgroundWork(app);
    person = await signUp(app);
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  it('is a 503 after the acquire timeout, and no longer once one is free', async () => {
    const runner = app.database.dataSource.createQueryRunner();
    await runner.connect();
    const answer = await app.http.get('/api/artists', { headers: person.headers }).finally(() => runner.release());
    expectRefusal(answer, 503, 'service_unavailable');
    expect(answer.headers.get('retry-after')).toBe('5');
    expectSuccess(await app.http.get('/api/artists', { headers: person.headers }), 200, { list: true });
  });
});
