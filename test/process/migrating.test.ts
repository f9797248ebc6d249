import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withStartupLock } from '../../src/database/migrate.js';
import { freePort } from '../support/free-port.js';
import { onServer } from '../support/global-setup.js';
import { HttpClient } from '../support/http-client.js';
import { ServerProcess } from '../support/server-process.js';

const SERVER_URL = process.env['TEST_DATABASE_URL'];

describe.runIf(SERVER_URL !== undefined)('a server that waits for another one to migrate', () => {
  it('is live and not ready, and serves once it has its turn', async () => {
    const name = `stagedoor_migrating_${randomBytes(6).toString('hex')}`;
    const url = new URL(SERVER_URL ?? '');
    url.pathname = `/${name}`;
    await onServer(SERVER_URL ?? '', `CREATE DATABASE ${name}`);
    const port = await freePort();
    const http = new HttpClient(`http://127.0.0.1:${port}`);
    const env = { PORT: String(port), DATABASE_URL: url.href, APP_SECRET: randomBytes(32).toString('hex') };
    const server = await withStartupLock(url.href, async () => {
      const started = ServerProcess.start(env);
      await expect.poll(() => http.get('/health/live').catch(() => undefined), { timeout: 120_000 }).toBeDefined();
      await untilWaiting(url.href);
      expect((await http.get('/health/live')).status).toBe(200);
      const ready = await http.get('/health/ready');
      expect([ready.status, ready.body]).toEqual([503, { status: 'migrating' }]);
      return started;
    });
    await server.url();
    expect((await http.get('/health/ready')).status).toBe(200);
    await server.stop();
    await onServer(SERVER_URL ?? '', `DROP DATABASE ${name} WITH (FORCE)`);
  });
});

/** Resolves once a session of this database waits for the lock. */
async function untilWaiting(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  await expect.poll(async () => (await client.query(waiting)).rowCount).toBeGreaterThan(0);
  await client.end();
}
