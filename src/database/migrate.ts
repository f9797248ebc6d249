import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource } from 'typeorm';

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

/**
 * Brings the schema up to date, and returns how many steps that took; a database that already is costs two queries.
 * A step takes as long as it takes, an index on a large table minutes: it runs on a connection of its own, without the
 * timeouts of the pool.
 */
export async function migrate(dataSource: DataSource): Promise<number> {
  if (!(await dataSource.showMigrations())) return 0;
  const { options } = dataSource;
  const extra = { ...(options.extra as object), max: 1, ...WITHOUT_TIMEOUTS };
  const patient = await new DataSource({ ...options, extra }).initialize();
  try {
    return (await patient.runMigrations()).length;
  } finally {
    await patient.destroy();
  }
}

const WITHOUT_TIMEOUTS = { statement_timeout: false, query_timeout: false, idle_in_transaction_session_timeout: false };
