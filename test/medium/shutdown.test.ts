import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { count } from '../support/accounts.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { freshEmail, makeKey, signUp, superAdmin } from '../support/people.js';
import { chunk, RawConnection } from '../support/raw-connection.js';

describe('a shutdown', () => {
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    await database.connect();
    app = await startApp({ database });
  });
  afterAll(() => database.close());

  /** Sends a request whose body arrives only once the server accepts no further connection, and `before` has passed. */
  async function duringShutdown(
    line: string,
    headers: readonly string[],
    json: object,
    before = async (): Promise<void> => undefined,
  ): Promise<void> {
    const body = JSON.stringify(json);
    const connection = await RawConnection.open(app.url);
    const head = ['Host: x', 'Content-Type: application/json', `Content-Length: ${body.length}`, ...headers];
    connection.send(`${line} HTTP/1.1\r\n${head.join('\r\n')}\r\nExpect: 100-continue\r\n\r\n`);
    // The server has read the headers when it sends this.
    await connection.hears('100 Continue');
    const closed = app.close();
    const server = app.nest.getHttpServer();
    await expect.poll(() => server.listening).toBe(false);
    await before();
    connection.send(body);
    await connection.hears('HTTP/1.1 20');
    await closed;
    await database.connect();
  }

  it('writes the security events of requests in flight', async () => {
    const { id, email, password } = await signUp(app);
    await duringShutdown('POST /api/auth/login', [], { email, password });
    expect(await count(database, `audit_events WHERE event = 'login.succeeded' AND user_id = $1`, [id])).toBe(1);
  });

  it('writes events and last uses before it waits for requests in flight, which may outlast it', async () => {
    stopBackgroundWork(app);
    const person = await signUp(app);
    const { id, email, password } = person;
    const { keyId, apiKey } = await makeKey(app, person, { scopes: ['profile:read'] });
    await app.http.get('/api/users/me', { headers: { 'x-api-key': apiKey } });
    const written = async (): Promise<[events: number, uses: number]> => [
      await count(database, `audit_events WHERE event = 'account.created' AND user_id = $1`, [id]),
      await count(database, 'api_keys WHERE key_id = $1 AND last_used_at IS NOT NULL', [keyId]),
    ];
    expect(await written()).toEqual([0, 0]);
    await duringShutdown('POST /api/auth/login', [], { email, password }, async () => {
      await expect.poll(written).toEqual([1, 1]);
    });
  });

  it('writes the last use of API keys by requests in flight', async () => {
    const person = await signUp(app);
    const { keyId, apiKey } = await makeKey(app, person, { scopes: ['artists:write'] });
    await duringShutdown('POST /api/artists', [`X-API-Key: ${apiKey}`], { name: 'Nina Simone' });
    expect(await count(database, 'api_keys WHERE key_id = $1 AND last_used_at IS NOT NULL', [keyId])).toBe(1);
  });

  it('ends a running import, which says so and is recorded', async () => {
    // The server never closes a connection because it is idle.
    app.nest.getHttpServer().keepAliveTimeout = 0;
    const { authorization } = (await superAdmin(app)).headers;
    const head = ['Host: x', `Authorization: ${authorization}`, 'Content-Type: application/x-ndjson'];
    const connection = await RawConnection.open(app.url);
    connection.send(`POST /api/users/import HTTP/1.1\r\n${head.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const email = freshEmail();
    connection.send(chunk(`${JSON.stringify({ email, name: 'Ada Lovelace' })}\n`));
    await connection.hears('"result":"created"');
    const closed = app.close();
    await connection.hears('{"done":false,"created":1,"exists":0,"refused":0,"code":"service_unavailable"');
    connection.send('0\r\n\r\n');
    // The client keeps it open.
    await connection.closed;
    await closed;
    await database.connect();
    expect(await count(database, `audit_events WHERE event = 'users.imported' AND details->>'created' = '1'`)).toBe(1);
  });
});
