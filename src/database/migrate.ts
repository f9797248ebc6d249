import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';

const CONNECT_WITHIN_MS = 10_000;
const logger = new Logger('StartupLock');

/** Any number; what counts is that every instance of every version takes the same. */
const STARTUP_LOCK = 7_836_201_944;

/**
 * Runs `work` while no other instance of ours on this database does: instances that start together take turns.
 * The lock lives on a connection of its own, so that neither a pool nor a killed process can leave it behind.
 */
export async function withStartupLock<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'stagedoor-startup',
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
  });
  // Nobody asks it anything while `work` runs: unheard, the loss of it would end the process.
  client.on('error', (error) => logger.warn('Lost the connection that held the start-up lock', error));
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [STARTUP_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

/** Brings the schema up to date; a database that already is costs one query. */
export async function migrate(dataSource: DataSource): Promise<number> {
  return (await dataSource.runMigrations()).length;
}
