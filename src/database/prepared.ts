import { createHash } from 'node:crypto';
import type { ClientBase, Pool, QueryConfig } from 'pg';
import type { EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { requestContext } from '../common/request-context.js';
import type { OpenDatabase } from './open-database.js';
import type { AskedFor } from './statement-span.js';

const names = new Map<string, string>();

/**
 * Asks with a statement that each connection prepares at its first use and only fills in afterwards: for the few
 * questions asked on every call. `text` is one of a handful written in the code, never made from input.
 *
 * The embedded database shares one session among its connections, so that a name one of them prepared would be in the
 * way of the next: there the statement goes unprepared. A PgBouncer in transaction mode needs `max_prepared_statements`.
 * @throws what `pg` throws, and the pool's timeouts
 */
export async function queryPrepared<Row extends object>(
  { dataSource, embedded }: OpenDatabase,
  text: string,
  values: unknown[],
): Promise<Row[]> {
  if (embedded) return dataSource.query<Row[]>(text, values);
  void dataSource.logger.logQuery(text, values);
  // TypeORM hands over the pool of `pg`, and has no way to name a statement.
  const pool = (dataSource.driver as PostgresDriver).master as Pool;
  return (await pool.query<Row & Record<string, unknown>>(named(text, values))).rows;
}

/**
 * Runs such a statement in the transaction of `manager`, and returns how many rows it touched.
 * @throws what `pg` throws
 */
export async function executePrepared(
  { dataSource, embedded }: OpenDatabase,
  manager: EntityManager,
  text: string,
  values: unknown[],
): Promise<number> {
  void dataSource.logger.logQuery(text, values);
  const client = (await manager.queryRunner?.connect()) as ClientBase | undefined;
  if (!client) throw new Error('A statement of a transaction was run outside of one');
  const statement = named(text, values);
  const { rowCount } = await client.query(embedded ? { ...statement, name: undefined } : statement);
  return rowCount ?? 0;
}

function named(text: string, values: unknown[]): AskedFor<QueryConfig> {
  return { name: nameOf(text), text, values, span: requestContext.getStore()?.span };
}

/** A statement's name is cut off at 63 bytes, so it is a hash. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url');
    names.set(text, name);
  }
  return name;
}
