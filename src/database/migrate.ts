import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { type DatabaseTarget, dataSourceOptions } from './data-source-options.js';
import { InitialSchema1766000000000 } from './migrations/1766000000000-initial-schema.js';
import { MIGRATIONS } from './migrations/index.js';
import { checkServer, checkSessionDefaults } from './server-check.js';
import { sqlState } from './sql-state.js';

const CONNECT_TIMEOUT_MS = 10_000;
const logger = new Logger('Database');

/**
 * How long a migration waits for a lock. While it waits, every later statement on that table waits behind it, reads too:
 * it gives up before they time out, and lets them through before it tries again.
 */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_RETRY_MS = 1000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Any number, but the same in every version. */
const STARTUP_LOCK = 7_836_201_944;

/** The database was created by a version before 0.2.0, whose schema no migration upgrades. */
export class EarlierVersionError extends Error {
  override readonly name = 'EarlierVersionError';

  constructor() {
    super(
      'This database was created by a version of Stagedoor before 0.2.0, which this version cannot upgrade. Set ' +
        'DATA_DIR to a new folder, or DATABASE_URL to an empty database; or keep using version 0.1.0. ' +
        'Nothing in the database was changed',
    );
  }
}

/**
 * Runs `work` while no other instance on this database runs anything under this lock. The lock belongs to a connection
 * of its own, so neither a pool nor a killed process can keep it.
 */
export async function withStartupLock<T>(databaseUrl: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'stagedoor-startup',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // No query is pending while `work` runs: without a listener, losing the connection would end the process.
  client.on('error', (error) => logger.warn('Lost the connection that holds the startup lock', error));
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [STARTUP_LOCK]);
    return await work();
  } finally {
    await client.end();
  }
}

/** Whether the database at this URL has Stagedoor's tables. */
export async function hasSchema(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  await client.connect();
  try {
    const { rows } = await client.query<{ exists: boolean }>(`SELECT to_regclass('users') IS NOT NULL AS exists`);
    return rows[0]?.exists === true;
  } finally {
    await client.end();
  }
}

/**
 * Brings the schema up to date, and returns how many migrations that took. A migration may take minutes, such as an
 * index on a large table: it runs on a connection of its own without the timeouts of the pool. For a lock it waits in
 * short turns, as long as it takes.
 * @throws {EarlierVersionError} before anything is changed
 */
export async function migrate(
  { url, directUrl, acquireTimeoutMs }: Pick<DatabaseTarget, 'url' | 'directUrl' | 'acquireTimeoutMs'>,
  migrations = MIGRATIONS,
): Promise<number> {
  const options = dataSourceOptions({ url: directUrl ?? url, acquireTimeoutMs, poolMax: 1 });
  const dataSource = await new DataSource({ ...options, migrations: migrations.map(logged) }).initialize();
  try {
    await checkServer(dataSource);
    if (directUrl !== undefined) await checkSessionDefaults(dataSource);
    await refuseEarlierVersion(dataSource);
    return await runPending(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

async function runPending(dataSource: DataSource): Promise<number> {
  if (await dataSource.showMigrations()) logger.log('Migrating the database');
  const startedAt = performance.now();
  const executed = await runInTurns(dataSource);
  if (executed.length > 0) {
    const durationMs = Math.round(performance.now() - startedAt);
    logger.log({ msg: 'Migrated the database', migrations: executed, durationMs });
  }
  const known = new Set(dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const newer = (await appliedMigrations(dataSource)).filter((name) => !known.has(name));
  if (newer.length > 0) {
    logger.log({ msg: 'The database was migrated by a later version of Stagedoor', migrations: newer });
  }
  return executed.length;
}

/** Each migration is a transaction of its own, so that those before one that failed stay applied. */
async function runInTurns(dataSource: DataSource): Promise<string[]> {
  const before = new Set(await appliedMigrations(dataSource));
  await dataSource.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
  for (;;) {
    try {
      await dataSource.runMigrations();
      return (await appliedMigrations(dataSource)).filter((name) => !before.has(name));
    } catch (error) {
      if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
      logger.warn('A table that a migration changes is in use; trying again');
      await pause(LOCK_RETRY_MS);
    }
  }
}

type MigrationClass = new () => MigrationInterface;

/** The same migration, which logs when it starts and how long it took. */
function logged(Migration: MigrationClass): MigrationClass {
  return class extends Migration {
    override async up(queryRunner: QueryRunner): Promise<void> {
      const migration = this.name ?? Migration.name;
      logger.log({ msg: 'Applying a migration', migration });
      const startedAt = performance.now();
      await super.up(queryRunner);
      const durationMs = Math.round(performance.now() - startedAt);
      logger.log({ msg: 'Applied a migration', migration, durationMs });
    }
  };
}

async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  return (await dataSource.query<{ name: string }[]>('SELECT name FROM migrations')).map(({ name }) => name);
}

/** A later version has migrations that this one does not know, and this one's among them: that is a rolling upgrade. */
async function refuseEarlierVersion(dataSource: DataSource): Promise<void> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  );
  if (!exists) return;
  const applied = await appliedMigrations(dataSource);
  if (applied.length > 0 && !applied.includes(new InitialSchema1766000000000().name)) throw new EarlierVersionError();
}
