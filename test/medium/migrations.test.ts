import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { EarlierVersionError, migrate } from '../../src/database/migrate.js';
import { MIGRATIONS } from '../../src/database/migrations/index.js';
import { openDatabase } from '../../src/database/open-database.js';
import { insertAccount } from '../support/accounts.js';
import { fillDataFolder, onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';

/** Longer than any test: none is about it. */
const ACQUIRE_TIMEOUT_MS = 180_000;

/** Whether the previous version could fail after this statement. */
function breaksPreviousVersion(statement: string): boolean {
  if (/\b(?:DROP|RENAME|TRUNCATE)\b|\bSET\s+NOT\s+NULL\b|\bTYPE\s/i.test(statement)) return true;
  if (!/^\s*ALTER\s+TABLE\b/i.test(statement)) return false;
  // Commas inside parentheses do not separate columns.
  const columns = statement.split(/,(?![^(]*\))/);
  return columns.some((column) => /\bNOT\s+NULL\b/i.test(column) && !/\b(?:DEFAULT|GENERATED)\b/i.test(column));
}

describe('the migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase({ disposable: true });
  });
  afterAll(() => database.close());

  /** The schema of the database: tables with columns, indexes, constraints, triggers, functions. */
  async function schema(): Promise<string[]> {
    const rows: { line: string }[] = await database.query(`
      SELECT format('column %s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                    pg_get_expr(d.adbin, d.adrelid)) AS line
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
         AND c.relname <> 'migrations'
      UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
      UNION ALL SELECT format('constraint %s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace AND conrelid <> 'migrations'::regclass
      UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT 'function ' || proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
      ORDER BY 1`);
    return rows.map(({ line }) => line);
  }

  it('create the schema that the entities describe', async () => {
    const { upQueries, downQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    expect([...upQueries, ...downQueries].map(({ query }) => query)).toEqual([]);
  });

  // During a rolling upgrade the previous version still uses the migrated database.
  it.each(MIGRATIONS.slice(1).map((Migration) => [Migration.name, Migration] as const))(
    'only add to the schema after the first one: %s',
    async (_name, Migration) => {
      const statements: string[] = [];
      const record = (statement: string): Promise<void> => Promise.resolve(void statements.push(statement));
      await new Migration().up({ query: record } as unknown as QueryRunner);
      expect(statements.length).toBeGreaterThan(0);
      expect(statements.filter((statement) => breaksPreviousVersion(statement))).toEqual([]);
    },
  );

  it.each([
    'ALTER TABLE "users" DROP COLUMN "phone"',
    'DROP TABLE "songs"',
    'DROP INDEX "users_email_key"',
    'ALTER TABLE "users" RENAME "phone" TO "mobile"',
    'ALTER TABLE "users" ADD "country" text NOT NULL',
    'ALTER TABLE "users" ADD "a" text NOT NULL DEFAULT \'\', ADD "b" text NOT NULL',
    'ALTER TABLE "users" ALTER "phone" SET NOT NULL',
    'ALTER TABLE "users" ALTER "phone" TYPE integer',
  ])('may not run %s', (statement) => {
    expect(breaksPreviousVersion(statement)).toBe(true);
  });

  it('change nothing in a database that is up to date', async () => {
    const before = await schema();
    expect(await migrate({ url: database.url, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS })).toBe(0);
    expect(await schema()).toEqual(before);
  });

  it('can be reverted to an empty database and applied again', async () => {
    await insertAccount(database);
    const before = await schema();
    expect(before).not.toEqual([]);
    for (const _ of MIGRATIONS) await database.dataSource.undoLastMigration({ transaction: 'each' });
    expect(await schema()).toEqual([]);
    expect(await migrate({ url: database.url, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS })).toBe(MIGRATIONS.length);
    expect(await schema()).toEqual(before);
  });

  // The embedded database has no statement timeout.
  it.runIf(onPostgres())('are not subject to the statement timeout of the app', async () => {
    const name = 'ReadsItsTimeout1999999999999';
    const TIMEOUT = `SELECT current_setting('statement_timeout') AS timeout`;
    const seen: unknown[] = [];
    class ReadsItsTimeout implements MigrationInterface {
      readonly name = name;
      async up(queryRunner: QueryRunner): Promise<void> {
        seen.push(...((await queryRunner.query(TIMEOUT)) as unknown[]));
      }
      async down(): Promise<void> {}
    }
    const target = { url: database.url, poolMax: 1, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, statementTimeoutMs: 61_000 };
    const pool = await database.through(database.url, { ...target, directUrl: undefined });
    onTestFinished(() => pool.close());
    expect(await pool.query(TIMEOUT)).toEqual([{ timeout: '61s' }]);
    expect(await migrate(target, [...MIGRATIONS, ReadsItsTimeout])).toBe(1);
    expect(seen).toEqual([{ timeout: '0' }]);
    expect(await database.query('DELETE FROM migrations WHERE name = $1 RETURNING name', [name])).toEqual([{ name }]);
  });

  it.runIf(onPostgres())('wait for a lock in turns, between which others read, and log each step', async () => {
    const warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const name = 'NeedsALock1999999999998';
    class NeedsALock implements MigrationInterface {
      readonly name = name;
      async up(queryRunner: QueryRunner): Promise<void> {
        await queryRunner.query('LOCK TABLE artists IN ACCESS EXCLUSIVE MODE');
      }
      async down(): Promise<void> {}
    }
    const migrating = await database.transaction(async (manager) => {
      await manager.query('SELECT id FROM artists LIMIT 1');
      const result = migrate({ url: database.url, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS }, [...MIGRATIONS, NeedsALock]);
      await expect.poll(() => warnings.mock.calls.length).toBeGreaterThanOrEqual(2);
      // While it pauses, no reader waits behind it.
      await database.query('SELECT id FROM artists LIMIT 1');
      return { result };
    });
    expect(await migrating.result).toBe(1);
    expect(warnings.mock.calls[0]).toEqual(['A table that a migration changes is in use; trying again']);
    const durationMs = expect.any(Number) as number;
    expect(log.mock.calls.slice(-2)).toEqual([
      [{ msg: 'Applied a migration', migration: name, durationMs }],
      [{ msg: 'Migrated the database', migrations: [name], durationMs }],
    ]);
    expect(await database.query('DELETE FROM migrations WHERE name = $1 RETURNING name', [name])).toEqual([{ name }]);
  });

  it('are listed in the order of their timestamps, without duplicates', () => {
    const times = MIGRATIONS.map((migration) => Number(/\d{13}$/.exec(new migration().name ?? '')?.[0]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(MIGRATIONS.length);
  });
});

describe('a database of a version before 0.2.0', () => {
  /** What such a version leaves in its database: migrations with other names. */
  const RENAME = `UPDATE migrations SET name = 'InitialSchema1764000000000', timestamp = 1764000000000`;

  it('is refused with a sentence that says what to do, and is not changed', async () => {
    const database = await openTestDatabase({ disposable: true });
    onTestFinished(() => database.close());
    await database.query('DROP TABLE songs CASCADE');
    await database.query(RENAME);
    const refusal = migrate({ url: database.url, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS });
    await expect(refusal).rejects.toThrow(EarlierVersionError);
    await expect(refusal).rejects.toThrow(/before 0\.2\.0.*DATA_DIR.*DATABASE_URL.*0\.1\.0/);
    expect(await database.query('SELECT name FROM migrations')).toEqual([{ name: 'InitialSchema1764000000000' }]);
    expect(await database.query(`SELECT to_regclass('songs') AS songs`)).toEqual([{ songs: null }]);
  });

  it('is refused in a DATA_DIR too, which is then free for another process', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'stagedoor-test-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const config = readConfig({ DATA_DIR: dataDir });
    await fillDataFolder(dataDir);
    const database = await openDatabase(config);
    await database.connect([]);
    await database.query(RENAME);
    await database.close();
    await expect(openDatabase(config)).rejects.toThrow(EarlierVersionError);
    await expect(openDatabase(config)).rejects.toThrow(EarlierVersionError);
  });

  it('is told apart from one that a later version has migrated, which is logged', async () => {
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const database = await openTestDatabase({ disposable: true });
    onTestFinished(() => database.close());
    await database.query(`INSERT INTO migrations (timestamp, name) VALUES (1999999999999, 'Later1999999999999')`);
    expect(await migrate({ url: database.url, acquireTimeoutMs: ACQUIRE_TIMEOUT_MS })).toBe(0);
    expect(log.mock.calls).toEqual([
      [{ msg: 'The database was migrated by a later version of Stagedoor', migrations: ['Later1999999999999'] }],
    ]);
  });
});
