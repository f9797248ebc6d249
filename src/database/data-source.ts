import { DataSource, type DataSourceOptions } from 'typeorm';
import { ApiKey } from '../modules/api-keys/api-key.entity.js';
import { Artist } from '../modules/artists/artist.entity.js';
import { Song } from '../modules/artists/song.entity.js';
import { Session } from '../modules/auth/sessions/session.entity.js';
import { SpentRefreshToken } from '../modules/auth/sessions/spent-refresh-token.entity.js';
import { SigningKey } from '../modules/auth/tokens/signing-key.entity.js';
import { Revocation } from '../modules/revocations/revocation.entity.js';
import { AuditEvent } from '../modules/security-events/audit-event.entity.js';
import { User } from '../modules/users/user.entity.js';
import { MIGRATIONS } from './migrations/index.js';
import { PoolClient } from './pool-client.js';

/** How to reach a database. The embedded one differs from a server in this alone: it has one connection to give. */
export interface DatabaseTarget {
  readonly url: string;
  /** Connections this instance may hold. */
  readonly poolMax: number;
  readonly acquireTimeoutMs: number;
  /** Absent: a statement may take as long as it takes. */
  readonly statementTimeoutMs?: number;
}

/** The one place that says how the app, the migration command and the tests reach a database. */
export function dataSourceOptions(target: DatabaseTarget): DataSourceOptions {
  return {
    type: 'postgres',
    url: target.url,
    entities: [User, Session, SigningKey, ApiKey, Artist, Song, Revocation, SpentRefreshToken, AuditEvent],
    migrations: [...MIGRATIONS],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    // A condition on undefined or null is a fault of ours; without this it would mean "any row".
    invalidWhereValuesBehavior: { null: 'throw', undefined: 'throw' },
    logging: false,
    applicationName: 'stagedoor',
    extra: {
      max: target.poolMax,
      connectionTimeoutMillis: target.acquireTimeoutMs,
      ...(target.statementTimeoutMs !== undefined && statementTimeouts(target.statementTimeoutMs)),
      keepAlive: true,
      Client: PoolClient,
    },
  };
}

function statementTimeouts(ms: number): object {
  return {
    statement_timeout: ms,
    idle_in_transaction_session_timeout: ms,
    // One waits a moment longer than the server does, so that the server's own answer is the usual one.
    query_timeout: ms + 1000,
  };
}

export function createDataSource(target: DatabaseTarget): DataSource {
  return new DataSource(dataSourceOptions(target));
}
