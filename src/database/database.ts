import { Injectable, Logger } from '@nestjs/common';
import type { ClientBase, Pool, QueryConfig, QueryResultRow } from 'pg';
import {
  DataSource,
  type DataSourceOptions,
  type EntityManager,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { requestContext } from '../common/request-context.js';
import { type DatabaseTarget, dataSourceOptions } from './data-source-options.js';
import { withStartupLock } from './migrate.js';
import { databaseErrorKind } from './sql-state.js';
import type { WithSpan } from './statement-span.js';

/** Connections of this instance's pool. */
export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** How many the pool may open. */
  readonly max: number;
}

export interface StatementResult<Row> {
  readonly rows: Row[];
  /** Rows that the statement returned or changed. */
  readonly rowCount: number;
}

/** Like the driver's own message, by which `databaseErrorKind` knows it. */
const LOST_BETWEEN_STATEMENTS = 'Connection terminated between two statements of a transaction';

/** Whether TypeORM found the connection of a transaction released, which it does at once when it is lost. */
function wasReleased(error: unknown): boolean {
  return error instanceof QueryRunnerAlreadyReleasedError || error instanceof QueryRunnerProviderAlreadyReleasedError;
}

const logger = new Logger('Database');

/** The embedded server below the pool. */
interface EmbeddedServer {
  close(): Promise<void>;
}

/** A statement, and what traces call it. */
type Statement = QueryConfig & { readonly summary?: string };

const TRANSACTION_ATTEMPTS = 4;
const READ_ONLY_ATTEMPTS = 2;
/** While a database is read-only, its connections are renewed no more often than this. */
const CLOSE_IDLE_EVERY_MS = 1000;

/**
 * A migrated database and this instance's pool of connections to it. Services use the `Repository` of an entity for plain
 * reads and writes, and this class for transactions and for SQL of their own; nothing else gives access to the
 * connections.
 *
 * Errors are those of `pg` and of its pool (see `databaseErrorKind`).
 */
@Injectable()
export class Database {
  /** The PostgreSQL server, for a connection beside the pool; undefined for the embedded database. */
  readonly serverUrl: string | undefined;
  private connected: DataSource | undefined;
  private idleClosedAt = -Infinity;

  constructor(
    private readonly target: DatabaseTarget,
    private readonly embeddedServer?: EmbeddedServer,
  ) {
    this.serverUrl = embeddedServer ? undefined : (target.directUrl ?? target.url);
  }

  /**
   * Opens the pool. Nest calls this with the entities of all modules, and destroys the data source with the app; a
   * command calls it with the entities that it uses.
   */
  async connect(entities: DataSourceOptions['entities']): Promise<DataSource> {
    this.connected = await new DataSource({ ...dataSourceOptions(this.target), entities }).initialize();
    return this.connected;
  }

  get embedded(): boolean {
    return this.serverUrl === undefined;
  }

  /**
   * Runs `work` in one transaction. After a serialization failure or a deadlock it runs again from the start, and once
   * more on a new connection where the one at hand was read-only, so `work` must have no effect outside the database.
   */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.dataSource.transaction(work);
      } catch (thrown) {
        const error = wasReleased(thrown) ? new Error(LOST_BETWEEN_STATEMENTS, { cause: thrown }) : thrown;
        const kind = databaseErrorKind(error);
        const isLast = attempt === (kind === 'read_only' ? READ_ONLY_ATTEMPTS : TRANSACTION_ATTEMPTS);
        if (isLast || (kind !== 'retryable' && kind !== 'read_only')) throw error;
        if (kind === 'read_only') this.closeIdleConnections();
      }
    }
  }

  /**
   * Runs one statement and returns its rows, also those of `RETURNING`; once more on a new connection where the one at
   * hand was read-only.
   */
  async query<Row extends object = QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.runOnPool<Row>({ text: sql, values: [...values] });
  }

  /**
   * Runs a statement that each connection parses and plans once. For the few statements of hot paths: `name` (at most
   * 63 bytes, also shown in traces) stands for the same `sql` everywhere, and neither is ever made from input.
   */
  async prepared<Row extends object>(name: string, sql: string, values: readonly unknown[]): Promise<Row[]> {
    return this.runOnPool<Row>(this.named(name, sql, values));
  }

  /** Runs a statement like {@link prepared} in the transaction of `manager`. */
  async preparedIn<Row extends object>(
    manager: EntityManager,
    name: string,
    sql: string,
    values: readonly unknown[],
  ): Promise<StatementResult<Row>> {
    const client = (await manager.queryRunner?.connect()) as ClientBase | undefined;
    if (!client) throw new Error(`The statement ${name} needs a transaction`);
    return this.run<Row>(client, this.named(name, sql, values));
  }

  /** Runs `work` while no other instance runs anything exclusively. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.serverUrl === undefined ? work() : withStartupLock(this.serverUrl, work);
  }

  /**
   * Whether the database takes writes: a standby and a session with `transaction_read_only` do not.
   * @throws when the database fails or the timeouts of the pool pass
   */
  async isWritable(): Promise<boolean> {
    if (await this.isThisConnectionWritable()) return true;
    this.closeIdleConnections();
    return this.isThisConnectionWritable();
  }

  poolStats(): PoolStats {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount, max: this.target.poolMax };
  }

  /** Closes the pool, unless Nest did so with the app, and the embedded server. */
  async close(): Promise<void> {
    if (this.connected?.isInitialized) await this.connected.destroy();
    await this.embeddedServer?.close();
  }

  protected get dataSource(): DataSource {
    if (!this.connected) throw new Error('The database is used before its pool is open');
    return this.connected;
  }

  private get pool(): Pool {
    return (this.dataSource.driver as PostgresDriver).master as Pool;
  }

  /**
   * Statements stay unnamed where connections share sessions: on the embedded database, which has one session for all,
   * and behind a pooler.
   */
  private named(name: string, sql: string, values: readonly unknown[]): Statement {
    const statement = { text: sql, values: [...values], summary: name };
    return this.embedded || this.target.directUrl !== undefined ? statement : { ...statement, name };
  }

  private async runOnPool<Row extends object>(statement: Statement): Promise<Row[]> {
    try {
      return (await this.run<Row>(this.pool, statement)).rows;
    } catch (error) {
      if (databaseErrorKind(error) !== 'read_only') throw error;
      this.closeIdleConnections();
      return (await this.run<Row>(this.pool, statement)).rows;
    }
  }

  private async isThisConnectionWritable(): Promise<boolean> {
    const [row] = await this.query<{ writable: boolean }>(
      `SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable`,
    );
    return row?.writable === true;
  }

  /** Closes the idle connections, which may be read-only though the database takes writes again. */
  private closeIdleConnections(): void {
    const now = performance.now();
    if (now - this.idleClosedAt < CLOSE_IDLE_EVERY_MS) return;
    this.idleClosedAt = now;
    const { pool } = this;
    for (let left = pool.idleCount; left > 0; left--) {
      pool.connect().then(
        (client) => client.release(true),
        (error: unknown) => logger.debug('Could not close an idle connection', error),
      );
    }
  }

  private async run<Row extends object>(on: Pool | ClientBase, statement: Statement): Promise<StatementResult<Row>> {
    void this.dataSource.logger.logQuery(statement.text, statement.values);
    const traced: WithSpan<Statement> = { ...statement, span: requestContext.getStore()?.span };
    const { rows, rowCount } = await on.query<Row & QueryResultRow>(traced);
    return { rows, rowCount: rowCount ?? 0 };
  }
}
