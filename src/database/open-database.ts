import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import type { Config } from '../config/env.js';
import { secretFileIn } from './data-folder.js';
import { createDataSource } from './data-source.js';
import { migrate, withStartupLock } from './migrate.js';

/** Injection token of the {@link OpenDatabase}. */
export const DATABASE = Symbol('OpenDatabase');

/** A database that is reached, migrated and ready, and the secret that opens what is sealed in it. */
export interface OpenDatabase {
  readonly dataSource: DataSource;
  readonly appSecret: string;
  /** Opens what was sealed before the secret was changed. */
  readonly appSecretPrevious?: string | undefined;
  readonly embedded: boolean;
  /** The server's address, for a connection apart from the pool; absent: the embedded database, which has none to give. */
  readonly serverUrl?: string;
  /** Runs `work` in one instance at a time. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Opens what the configuration names: the server at `DATABASE_URL`, else the embedded database in `DATA_DIR`. */
export async function openDatabase(config: Config): Promise<OpenDatabase> {
  const timeouts = {
    acquireTimeoutMs: config.databaseAcquireTimeoutMs,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
  };
  if (config.databaseUrl !== undefined) {
    if (config.appSecret === undefined) throw new Error('APP_SECRET is required with DATABASE_URL');
    const url = config.databaseUrl;
    const dataSource = await createDataSource({ url, poolMax: config.databasePoolMax, ...timeouts }).initialize();
    await withStartupLock(url, () => migrate(dataSource));
    return {
      dataSource,
      appSecret: config.appSecret,
      appSecretPrevious: config.appSecretPrevious,
      embedded: false,
      serverUrl: url,
      exclusively: (work) => withStartupLock(url, work),
      close: () => disconnect(dataSource),
    };
  }
  const dataDir = resolve(config.dataDir);
  // Read only where it is used: it weighs as much as everything else together.
  const { openEmbeddedDatabase } = await import('./embedded-database.js');
  const embedded = await openEmbeddedDatabase({ dataDir });
  const dataSource = await createDataSource({ url: embedded.url, poolMax: 1, ...timeouts }).initialize();
  await migrate(dataSource);
  return {
    dataSource,
    appSecret: config.appSecret ?? (await keptSecret(secretFileIn(dataDir))),
    appSecretPrevious: config.appSecretPrevious,
    embedded: true,
    exclusively: (work) => work(),
    close: async () => {
      await disconnect(dataSource);
      await embedded.close();
    },
  };
}

/** Nest disconnects when the app closes; whoever opened a database that no app came to use has to. */
async function disconnect(dataSource: DataSource): Promise<void> {
  if (dataSource.isInitialized) await dataSource.destroy();
}

async function keptSecret(path: string): Promise<string> {
  try {
    // `wx`: made once and never overwritten, since it opens the signing keys that are already in the database.
    await writeFile(path, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(path, 'utf8');
}
