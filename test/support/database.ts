import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { openEmbeddedDatabase } from '../../src/database/embedded-database.js';
import { withStartupLock } from '../../src/database/migrate.js';
import type { OpenDatabase } from '../../src/database/open-database.js';
import { type DatabaseTemplate, onServer } from './global-setup.js';

export const TEST_APP_SECRET = 'secret-of-the-tests-and-of-nothing-else';

/** A migrated, empty database for one test file (or one test), gone when closed. */
export interface TestDatabase extends OpenDatabase {
  readonly url: string;
  /** Whether it is a PostgreSQL server, which several sessions and processes may use at once. */
  readonly isServer: boolean;
  /** A further way into the same database, as another instance would have it. Server only. */
  connect(): Promise<OpenDatabase>;
}

const TIMEOUTS = { acquireTimeoutMs: 5000, statementTimeoutMs: 10_000 };

export async function openTestDatabase(): Promise<TestDatabase> {
  const template = inject('databaseTemplate');
  return template.kind === 'embedded' ? openEmbedded(template.snapshotPath) : openOnServer(template);
}

/** True when the tests run on a PostgreSQL server: for `describe.runIf`, where a test needs two sessions. */
export function onPostgres(): boolean {
  return inject('databaseTemplate').kind === 'server';
}

async function openEmbedded(snapshotPath: string): Promise<TestDatabase> {
  const embedded = await openEmbeddedDatabase({ snapshot: new Blob([await readFile(snapshotPath)]) });
  const dataSource = await createDataSource({ url: embedded.url, poolMax: 1, ...TIMEOUTS }).initialize();
  return {
    url: embedded.url,
    isServer: false,
    dataSource,
    appSecret: TEST_APP_SECRET,
    embedded: true,
    exclusively: (work) => work(),
    connect: () => Promise.reject(new Error('The embedded database has one session; this test needs a server')),
    close: async () => {
      if (dataSource.isInitialized) await dataSource.destroy();
      await embedded.close();
    },
  };
}

async function openOnServer({ serverUrl, database }: DatabaseTemplate & { kind: 'server' }): Promise<TestDatabase> {
  const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const connect = async (): Promise<OpenDatabase> => {
    const dataSource = await createDataSource({ url: url.href, poolMax: 10, ...TIMEOUTS }).initialize();
    return {
      dataSource,
      appSecret: TEST_APP_SECRET,
      embedded: false,
      serverUrl: url.href,
      exclusively: (work) => withStartupLock(url.href, work),
      close: async () => {
        if (dataSource.isInitialized) await dataSource.destroy();
      },
    };
  };
  const own = await connect();
  return {
    ...own,
    url: url.href,
    isServer: true,
    connect,
    close: async () => {
      await own.close();
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
