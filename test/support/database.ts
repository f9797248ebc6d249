import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type DataSource, getMetadataArgsStorage } from 'typeorm';
import { inject } from 'vitest';
import { SecretSeal } from '../../src/common/secret-seal.js';
import type { DatabaseTarget } from '../../src/database/data-source-options.js';
import { Database } from '../../src/database/database.js';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded/embedded-database.js';
// Other entities refer to this one by its name.
import '../../src/modules/users/user.entity.js';
import { type DatabaseTemplate, onServer } from './global-setup.js';

export const TEST_APP_SECRET = 'secret-of-the-tests-and-of-nothing-else';
export const TEST_SECRET_SEAL = new SecretSeal(TEST_APP_SECRET);

interface OpenOptions {
  /** The embedded server; absent: a PostgreSQL server. */
  readonly embedded?: { close(): Promise<void> } | undefined;
  /** Called after the pool was closed. */
  readonly drop?: () => Promise<void>;
}

/** A migrated database without rows, for one test file or one test. Apps that use it share its pool. */
export class TestDatabase extends Database {
  private opened: DataSource | undefined;

  constructor(
    private readonly settings: DatabaseTarget,
    private readonly options: OpenOptions = {},
  ) {
    super(settings, options.embedded);
  }

  static async open(settings: DatabaseTarget, options: OpenOptions = {}): Promise<TestDatabase> {
    const database = new TestDatabase(settings, options);
    await database.connect();
    return database;
  }

  get url(): string {
    return this.settings.url;
  }

  /** Whether it is a PostgreSQL server, which several sessions and processes may use at once. */
  get isServer(): boolean {
    return !this.embedded;
  }

  /** Opens the pool, also after an app has closed it. It knows the entities of all modules imported so far. */
  override async connect(): Promise<DataSource> {
    if (this.opened?.isInitialized) return this.opened;
    this.opened = await super.connect(getMetadataArgsStorage().tables.map(({ target }) => target));
    return this.opened;
  }

  override get dataSource(): DataSource {
    return super.dataSource;
  }

  /** A second pool for the same database, as another instance would have it. Server only. */
  async anotherPool(): Promise<TestDatabase> {
    if (this.embedded) throw new Error('The embedded database has one session; this test needs a server');
    return TestDatabase.open(this.settings);
  }

  /** The same database with a pool of one connection that reaches it by `url`, such as that of a proxy. */
  async through(url: string, changes: Partial<DatabaseTarget> = {}): Promise<TestDatabase> {
    const settings = { ...this.settings, poolMax: 1, url, directUrl: this.serverUrl, ...changes };
    const embedded = this.embedded ? { close: () => Promise.resolve() } : undefined;
    return TestDatabase.open(settings, { embedded });
  }

  override async close(): Promise<void> {
    await super.close();
    await this.options.drop?.();
  }
}

interface TestDatabaseOptions {
  /** For a test that changes the schema: no other test gets this database afterwards. */
  readonly disposable?: boolean;
}

/** Longer than any test, so that none fails because the machine is busy. */
const TIMEOUTS = { acquireTimeoutMs: 180_000, statementTimeoutMs: 180_000 };

export async function openTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const template = inject('databaseTemplate');
  return template.kind === 'embedded' ? openEmbedded(template.snapshotPath, options) : openOnServer(template);
}

/** Copies the migrated database into a folder of its own. Where the tests run on a server, there is none to copy. */
export async function fillDataFolder(dataDir: string): Promise<void> {
  const template = inject('databaseTemplate');
  if (template.kind === 'server') return;
  const embedded = await openEmbeddedDatabase({ dataDir, snapshot: await readSnapshot(template.snapshotPath) });
  await embedded.close();
}

const readSnapshot = async (path: string): Promise<Blob> => new Blob([await readFile(path)]);

/** True when the tests run on a PostgreSQL server: for `describe.runIf`, where a test needs two sessions. */
export function onPostgres(): boolean {
  return inject('databaseTemplate').kind === 'server';
}

/** The embedded database of this worker, while no test has it open. Emptying it is far cheaper than starting another. */
let idle: EmbeddedDatabase | undefined;

// Vitest ends a worker with SIGTERM, which would leave the folder of the database's socket behind.
process.once('SIGTERM', () => {
  void (idle?.close() ?? Promise.resolve()).finally(() => process.exit());
});

async function openEmbedded(snapshotPath: string, { disposable }: TestDatabaseOptions): Promise<TestDatabase> {
  const reused = disposable ? undefined : idle;
  if (reused) idle = undefined;
  const embedded = reused ?? (await openEmbeddedDatabase({ snapshot: await readSnapshot(snapshotPath) }));
  const close = async (): Promise<void> => {
    if (disposable || idle) await embedded.close();
    else idle = embedded;
  };
  const database = await TestDatabase.open({ url: embedded.url, poolMax: 1, ...TIMEOUTS }, { embedded: { close } });
  if (reused) await empty(database);
  return database;
}

/** Bytes of all tables above which they are truncated. */
const DELETED_MAX = 2 ** 20;

/** Deletes every row and everything the last test left in the session, which outlives its connections. */
async function empty(database: Database): Promise<void> {
  await database.query('ROLLBACK');
  await database.query('DISCARD ALL');
  const tables = await database.query<{ name: string; bytes: number }>(
    `SELECT relname AS name, pg_relation_size(oid)::int AS bytes FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'migrations'`,
  );
  const used = tables.filter(({ bytes }) => bytes > 0);
  // No trigger runs: neither those that keep the audit log append-only nor those that record revocations.
  await database.query(`SET session_replication_role = replica`);
  if (used.reduce((sum, { bytes }) => sum + bytes, 0) > DELETED_MAX) {
    await database.query(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY`);
  } else {
    // A few rows are deleted in a fraction of the time in which all tables and indexes are made anew. Identities go on.
    await database.query(used.map(({ name }) => `DELETE FROM ${name}`).join('; '));
  }
  await database.query(`SET session_replication_role = DEFAULT`);
}

async function openOnServer({ serverUrl, database }: DatabaseTemplate & { kind: 'server' }): Promise<TestDatabase> {
  const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const drop = (): Promise<void> => onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
  return TestDatabase.open({ url: url.href, poolMax: 10, ...TIMEOUTS }, { drop });
}
