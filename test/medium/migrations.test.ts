import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { migrate } from '../../src/database/migrate.js';
import { MIGRATIONS } from '../../src/database/migrations/index.js';
import { insertAccount } from '../support/accounts.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';

/** Whether a version that does not know of this statement's change would fail after it. */
function takesAway(statement: string): boolean {
  // An index that only finds: without it, an older version finds the same, later.
  if (/^DROP INDEX IF EXISTS "\w+_trgm_idx"$/.test(statement)) return false;
  if (/\b(?:DROP|RENAME|TRUNCATE)\b|\bSET\s+NOT\s+NULL\b|\bTYPE\s/i.test(statement)) return true;
  if (!/^\s*ALTER\s+TABLE\b/i.test(statement)) return false;
  // A comma inside parentheses separates no columns.
  const columns = statement.split(/,(?![^(]*\))/);
  return columns.some((column) => /\bNOT\s+NULL\b/i.test(column) && !/\b(?:DEFAULT|GENERATED)\b/i.test(column));
}

describe('the migrations', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  /** Everything of ours in the database: tables with columns, indexes, constraints, triggers, functions. */
  async function schema(): Promise<string[]> {
    const rows: { line: string }[] = await database.dataSource.query(`
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

  it('make exactly what the entities describe: the schema builder has nothing to do', async () => {
    const { upQueries, downQueries } = await database.dataSource.driver.createSchemaBuilder().log();
    expect([...upQueries, ...downQueries].map(({ query }) => query)).toEqual([]);
  });

  // Old and new version run side by side while instances are replaced: what the old one uses must stay as it was.
  it.each(MIGRATIONS.slice(1).map((Migration) => [Migration.name, Migration] as const))(
    'only add after the first: %s takes nothing away that a running older version needs',
    async (_name, Migration) => {
      const statements: string[] = [];
      const record = (statement: string): Promise<void> => Promise.resolve(void statements.push(statement));
      await new Migration().up({ query: record } as unknown as QueryRunner);
      expect(statements.length).toBeGreaterThan(0);
      expect(statements.filter((statement) => takesAway(statement))).toEqual([]);
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
  ])('the rule sees through %s', (statement) => {
    expect(takesAway(statement)).toBe(true);
  });

  it('run once: a database that is up to date stays as it is', async () => {
    const before = await schema();
    expect(await migrate(database.dataSource)).toBe(0);
    expect(await schema()).toEqual(before);
  });

  it('can be taken back one by one to nothing, and run again to the same schema', async () => {
    await insertAccount(database.dataSource);
    const before = await schema();
    expect(before).not.toEqual([]);
    for (const _ of MIGRATIONS) await database.dataSource.undoLastMigration({ transaction: 'each' });
    expect(await schema()).toEqual([]);
    expect(await migrate(database.dataSource)).toBe(MIGRATIONS.length);
    expect(await schema()).toEqual(before);
  });

  // The embedded database has no clock to cut off by.
  it.runIf(onPostgres())(
    'are never cut off: one that takes longer than any statement of the app may comes to its end',
    async () => {
      const name = 'LongerThanAStatementMayTake1999999999999';
      class LongerThanAStatementMayTake implements MigrationInterface {
        readonly name = name;
        async up(queryRunner: QueryRunner): Promise<void> {
          await queryRunner.query('SELECT pg_sleep(0.3)');
        }
        async down(): Promise<void> {}
      }
      const target = { url: database.url, poolMax: 1, acquireTimeoutMs: 5000, statementTimeoutMs: 100 };
      const impatient = await new DataSource({
        ...dataSourceOptions(target),
        migrations: [...MIGRATIONS, LongerThanAStatementMayTake],
      }).initialize();
      onTestFinished(() => impatient.destroy());
      await expect(impatient.query('SELECT pg_sleep(0.3)')).rejects.toThrow(/timeout/);
      expect(await migrate(impatient)).toBe(1);
      const ran = await impatient.query<{ name: string }[]>('DELETE FROM migrations WHERE name = $1 RETURNING name', [
        name,
      ]);
      expect(ran).toEqual([[{ name }], 1]);
    },
  );

  it('stand in the order of their times, each under its own name', () => {
    const times = MIGRATIONS.map((migration) => Number(/\d{13}$/.exec(new migration().name)?.[0]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(times).size).toBe(MIGRATIONS.length);
  });
});
