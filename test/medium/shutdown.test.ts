import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { count } from '../support/accounts.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { makeKey, signUp } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

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
});
