import { resolve } from 'node:path';
import type { Config } from '../config/config.js';
import { Database } from './database.js';
import { migrate, withStartupLock } from './migrate.js';

/** Reaches and migrates the server at `DATABASE_URL`, or else the embedded database in `DATA_DIR`. */
export async function openDatabase(config: Config): Promise<Database> {
  const timeouts = {
    acquireTimeoutMs: config.databaseAcquireTimeoutMs,
    statementTimeoutMs: config.databaseStatementTimeoutMs,
  };
  if (config.databaseUrl !== undefined) {
    const { databaseUrl: url, databaseDirectUrl: directUrl, databasePoolMax: poolMax } = config;
    const target = { url, directUrl, poolMax, ...timeouts };
    await withStartupLock(directUrl ?? url, () => migrate(target));
    return new Database(target);
  }
  // Loaded only where it is used: it takes as much memory as everything else together.
  const { openEmbeddedDatabase } = await import('./embedded/embedded-database.js');
  const embedded = await openEmbeddedDatabase({ dataDir: resolve(config.dataDir) });
  const target = { url: embedded.url, poolMax: 1, ...timeouts };
  try {
    await migrate(target);
  } catch (error) {
    await embedded.close();
    throw error;
  }
  return new Database(target, embedded);
}
