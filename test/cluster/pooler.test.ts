import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { hasPgBouncer, PgBouncer, type PoolMode } from '../support/pgbouncer.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const PATIENCE = { timeout: 60_000, interval: 20 };
/** Fewer than the instances would like, so that transactions of both share connections. */
const POOL_SIZE = 3;

// PgBouncer's pool of sessions has to be as large as those of the instances together.
const MODES: readonly [PoolMode, poolSize: number][] = [
  ['transaction', POOL_SIZE],
  ['session', 12],
];

describe.runIf(hasPgBouncer || process.env['CI'])('behind PgBouncer (skipped without it, except in CI)', () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await PrivatePostgres.start();
  });
  afterAll(() => postgres.remove());

  describe.each(MODES)('with %s pooling', (mode, poolSize) => {
    const database = `pooled_${mode}`;
    let bouncer: PgBouncer;
    let servers: ServerProcess[] = [];
    let here: HttpClient;
    let there: HttpClient;

    const settings = (): Record<string, string> => ({
      DATABASE_URL: bouncer.urlOf(postgres.urlOf(database)),
      DATABASE_DIRECT_URL: postgres.urlOf(database),
      DATABASE_POOL_MAX: '5',
      APP_SECRET: 'a secret that only this test knows, and no server',
      RATE_LIMIT_ENABLED: 'false',
    });
    const start = async (): Promise<HttpClient> => {
      const server = ServerProcess.start(settings());
      servers.push(server);
      return server.http();
    };

    beforeAll(async () => {
      await postgres.createDatabase(database);
      bouncer = await PgBouncer.start(new URL(postgres.urlOf(database)), mode, poolSize);
      [here, there] = await Promise.all([start(), start()]);
    });
    afterAll(async () => {
      for (const server of servers) server.signal('SIGKILL');
      await Promise.all(servers.map((server) => server.ended));
      servers = [];
      await bouncer.stop();
    });
    afterEach(() => expect(servers.map(({ stderr }) => stderr).join('')).toBe(''));

    const signUp = async (http: HttpClient): Promise<Record<string, string>> => {
      const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
      return bearer((await http.post('/api/auth/signup', { json })).body.data.token);
    };
    const statusThere = async (headers: Record<string, string>): Promise<number> =>
      (await there.get('/api/users/me', { headers })).status;

    it('SECURITY 9: a session that ends on one instance is refused on the other', async () => {
      const headers = await signUp(here);
      expect(await statusThere(headers)).toBe(200);
      expect((await here.post('/api/auth/logout', { headers })).status).toBeLessThan(300);
      await vi.waitFor(async () => expect(await statusThere(headers)).toBe(401), PATIENCE);
    });

    it('an API key that is deleted on one instance is refused on the other', async () => {
      const headers = await signUp(here);
      const { apiKey, keyId } = (await here.post('/api/auth/keys', { headers, json: {} })).body.data;
      const use = { 'x-api-key': apiKey as string };
      expect(await statusThere(use)).toBe(200);
      expect((await here.delete(`/api/auth/keys/${keyId as string}`, { headers })).status).toBe(204);
      await vi.waitFor(async () => expect(await statusThere(use)).toBe(401), PATIENCE);
    });

    it('concurrent reads, writes and logins share few connections without an error', async () => {
      const people = await Promise.all(Array.from({ length: 6 }, (_, i) => signUp(i % 2 ? here : there)));
      const calls = people.flatMap((headers, i) => {
        const http = i % 2 ? here : there;
        const json = { name: 'Midnight' };
        return Array.from({ length: 10 }, (): Promise<HttpAnswer>[] => [
          http.post('/api/artists', { headers, json }),
          http.get('/api/artists?size=5', { headers }),
          http.get('/api/users/me', { headers }),
        ]).flat();
      });
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      expect([...new Set(statuses)].sort()).toEqual([200, 201]);
    });

    it('no setting reaches the sessions that others get next', async () => {
      await signUp(here);
      const client = await postgres.connect(database);
      const expected = await client.query('SHOW statement_timeout');
      await client.end();
      const { default: pg } = await import('pg');
      const pooled = new pg.Client({ connectionString: settings()['DATABASE_URL'] });
      await pooled.connect();
      const prepared = await pooled.query('SELECT count(*)::int AS n FROM pg_prepared_statements');
      expect(prepared.rows).toEqual([{ n: 0 }]);
      expect((await pooled.query('SHOW statement_timeout')).rows).toEqual(expected.rows);
      await pooled.end();
    });
  });

  describe('a database whose sessions have other defaults', () => {
    let bouncer: PgBouncer;
    beforeEach(async () => {
      await postgres.query('CREATE DATABASE odd');
      bouncer = await PgBouncer.start(new URL(postgres.urlOf('odd')), 'transaction', POOL_SIZE);
      return async () => {
        await bouncer.stop();
        await postgres.query('DROP DATABASE odd WITH (FORCE)');
      };
    });

    it.each([
      ["datestyle TO 'German'", 'DateStyle = "German, DMY"'],
      ["default_transaction_isolation TO 'serializable'", 'default_transaction_isolation = "serializable"'],
    ])('is refused with the statement that corrects it: %s', async (setting, named) => {
      await postgres.query(`ALTER DATABASE odd SET ${setting}`);
      const server = ServerProcess.start({
        DATABASE_URL: bouncer.urlOf(postgres.urlOf('odd')),
        DATABASE_DIRECT_URL: postgres.urlOf('odd'),
        APP_SECRET: randomBytes(32).toString('hex'),
      });
      expect((await server.ended).code).toBe(1);
      expect(server.messages.at(-1)).toContain(named);
      expect(server.messages.at(-1)).toContain('ALTER ROLE "postgres" SET');
    });

    it('a server without DATABASE_DIRECT_URL says what to set', async () => {
      const server = ServerProcess.start({
        DATABASE_URL: bouncer.urlOf(postgres.urlOf('odd')),
        APP_SECRET: randomBytes(32).toString('hex'),
      });
      expect((await server.ended).code).toBe(1);
      expect(server.messages.at(-1)).toContain('set DATABASE_DIRECT_URL to the URL of the PostgreSQL server itself');
    });
  });
});
