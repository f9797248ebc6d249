import type { DataSourceOptions } from 'typeorm';
import { MIGRATIONS } from './migrations/index.js';
import { PoolClient } from './pool-client.js';
import { setUpSession } from './session-settings.js';

/** How to reach a database. The embedded one allows a single connection. */
export interface DatabaseTarget {
  readonly url: string;
  /** The server itself, where `url` leads to a pooler that gives each transaction another connection. */
  readonly directUrl?: string | undefined;
  /** Connections this instance may hold. */
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  /** Absent: statements are not limited. */
  readonly statementTimeoutMs?: number;
}

/** The connection settings of the app, the migrations, the migration commands and the tests. */
export function dataSourceOptions(target: DatabaseTarget): DataSourceOptions {
  return {
    type: 'postgres',
    url: target.url,
    migrations: [...MIGRATIONS],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    // By default a condition on undefined would match every row.
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    // Instead of a default of the session, which belongs to the pooler.
    ...(target.directUrl !== undefined && { isolationLevel: 'READ COMMITTED' as const }),
    logging: false,
    // The default one writes a failed migration to the console, between the JSON lines of the log.
    logger: 'debug',
    applicationName: 'stagedoor',
    extra: {
      max: target.poolMax,
      connectionTimeoutMillis: target.acquireTimeoutMs,
      ...timeouts(target),
      keepAlive: true,
      Client: PoolClient,
      // Behind a pooler a setting would reach whichever client gets the connection next.
      ...(target.directUrl === undefined && { onConnect: setUpSession }),
    },
  };
}

function timeouts({ statementTimeoutMs: ms, directUrl }: DatabaseTarget): object {
  if (ms === undefined) return {};
  return {
    // Poolers refuse these two at the start of a connection.
    ...(directUrl === undefined && { statement_timeout: ms, idle_in_transaction_session_timeout: ms }),
    // A second longer than the server's limit, so that the server's own error normally comes first.
    query_timeout: ms + 1000,
  };
}
