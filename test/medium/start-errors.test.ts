import { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { startupProblem } from '../../src/startup-error.js';
import { onPostgres, TEST_APP_SECRET } from '../support/database.js';
import { onServer } from '../support/global-setup.js';

const template = inject('databaseTemplate');
const serverUrl = template.kind === 'server' ? template.serverUrl : '';

type LookedUp = (error: NodeJS.ErrnoException) => void;

/** What a start with this database logs. */
async function problemOf(DATABASE_URL: string): Promise<string | undefined> {
  const config = readConfig({ DATABASE_URL, APP_SECRET: TEST_APP_SECRET, DATABASE_ACQUIRE_TIMEOUT_MS: '180000' });
  const database = await openDatabase(config).catch((error: unknown) => error);
  return startupProblem(database);
}

/** The server's URL with these parts replaced. */
function urlWith(parts: { user?: string; name?: string; query?: string }): string {
  const url = new URL(serverUrl);
  if (parts.user !== undefined) url.username = parts.user;
  if (parts.name !== undefined) url.pathname = `/${parts.name}`;
  if (parts.query !== undefined) url.search = parts.query;
  return url.href;
}

describe.runIf(onPostgres())('a database that cannot be used', () => {
  const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
  const role = `${name}_role`;
  beforeAll(async () => {
    await onServer(serverUrl, `CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    await onServer(serverUrl, `CREATE DATABASE ${name}`);
    await onServer(urlWith({ name }), 'REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  });
  afterAll(async () => {
    await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    await onServer(serverUrl, `DROP ROLE ${role}`);
  });

  it('does not exist', async () => {
    expect(await problemOf(urlWith({ name: 'no_such_database' }))).toBe(
      'The database named in DATABASE_URL does not exist: create it first ' +
        '(3D000: database "no_such_database" does not exist)',
    );
  });

  it('does not know the user', async () => {
    expect(await problemOf(urlWith({ user: 'no_such_role' }))).toMatch(
      /^The database rejects the (?:user|password) in DATABASE_URL: .*\(28(?:000|P01): .*no_such_role/,
    );
  });

  it('has no TLS', async () => {
    expect(await problemOf(urlWith({ query: 'sslmode=verify-full' }))).toMatch(
      /^The (?:database server does not support TLS|certificate of the database server is not signed by a known CA): /,
    );
  });

  it('grants the role no right to create tables', async () => {
    const url = new URL(urlWith({ user: role, name }));
    url.password = role;
    expect(await problemOf(url.href)).toMatch(
      /^The role in DATABASE_URL lacks USAGE or CREATE on the schema.*dist\/commands\/migrate.js \(42501: permission denied/,
    );
  });

  it('has a migration that the role may not run', async () => {
    const owned = `${name}_owned`;
    await onServer(
      serverUrl,
      `CREATE DATABASE ${owned} TEMPLATE ${template.kind === 'server' ? template.database : ''}`,
    );
    try {
      const database = urlWith({ name: owned });
      // As if the last migration had not run yet.
      await onServer(database, 'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations)');
      await onServer(database, `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
      const url = new URL(urlWith({ user: role, name: owned }));
      url.password = role;
      expect(await problemOf(url.href)).toMatch(/node dist\/commands\/migrate.js \(42501: /);
    } finally {
      await onServer(serverUrl, `DROP DATABASE ${owned} WITH (FORCE)`);
    }
  });
});

describe('a database server that cannot be reached', () => {
  it('is not up', async () => {
    // No one listens on a port that only a privileged program may have.
    expect(await problemOf('postgres://app:secret@127.0.0.1:1/app')).toMatch(
      /^The database cannot be reached: check DATABASE_URL.* \(ECONNREFUSED: connect ECONNREFUSED 127\.0\.0\.1:1\)$/,
    );
  });

  it.each([
    ['does not exist', 'ENOTFOUND'],
    ['no name server knows at the moment', 'EAI_AGAIN'],
  ])('has a host name that %s', async (_, code) => {
    const lookUp = vi.spyOn(dns, 'lookup').mockImplementation(((name: string, _options: object, done: LookedUp) => {
      process.nextTick(done, Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }));
    }) as typeof dns.lookup);
    const problem = await problemOf('postgres://app:secret@no-such-host.invalid/app');
    expect(problem).toMatch(/^The host in DATABASE_URL cannot be resolved: check its spelling/);
    expect(problem).toContain(`(${code}: getaddrinfo ${code} no-such-host.invalid)`);
    expect(lookUp).toHaveBeenCalled();
  });

  it('has no socket in the directory', async () => {
    expect(await problemOf('postgres://app@/app?host=/no/such/directory')).toMatch(
      /^The database cannot be reached: .*\(ENOENT: connect ENOENT \/no\/such\/directory\/\.s\.PGSQL\.5432\)$/,
    );
  });
});
