import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const PATIENCE = { timeout: 60_000, interval: 50 };

let postgres: PrivatePostgres;
let server: ServerProcess;
let http: HttpClient;
beforeAll(async () => {
  postgres = await PrivatePostgres.start();
  server = ServerProcess.start({
    DATABASE_URL: await postgres.createDatabase('faults'),
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
    DATABASE_STATEMENT_TIMEOUT_MS: '1000',
  });
  http = await server.http();
});
afterAll(async () => {
  server.signal('SIGKILL');
  await server.ended;
  await postgres.remove();
});

async function signUp(): Promise<Record<string, string>> {
  const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
  return bearer((await http.post('/api/auth/signup', { json })).body.data.token);
}

const write = (headers: Record<string, string>): Promise<HttpAnswer> =>
  http.post('/api/artists', { headers, json: { name: 'Midnight' } });
const read = (headers: Record<string, string>): Promise<HttpAnswer> => http.get('/api/artists', { headers });

/** Names the standbys that a commit waits for, as Patroni does. */
async function waitForStandby(name: string): Promise<void> {
  await postgres.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await postgres.query('SELECT pg_reload_conf()');
  await vi.waitFor(async () => {
    const [row] = await postgres.query<{ value: string }>(
      `SELECT current_setting('synchronous_standby_names') AS value`,
    );
    expect(row?.value).toBe(name);
  }, PATIENCE);
}

describe('a commit that waits for a synchronous standby', () => {
  it('is never acknowledged while there is none, and no timeout of a statement ends its wait', async () => {
    const [person, leaving] = [await signUp(), await signUp()];
    expect((await write(person)).status).toBe(201);
    await waitForStandby('absent');

    const refused = await Promise.all([write(person), http.post('/api/auth/logout', { headers: leaving })]);
    for (const { status, headers } of refused) {
      expect(status).toBe(503);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await read(person)).status).toBe(200);

    await waitForStandby('');
    await vi.waitFor(async () => expect((await write(person)).status).toBe(201), PATIENCE);
    // The commits that nobody heard of have happened: repeating one is what a client does.
    expect([200, 401]).toContain((await http.post('/api/auth/logout', { headers: leaving })).status);
    await vi.waitFor(async () => expect((await read(leaving)).status).toBe(401), PATIENCE);
    expect(server.stderr).toBe('');
  });
});
