import type { ClientBase, QueryConfig } from 'pg';
import type { WithSpan } from './statement-span.js';

/**
 * What every statement relies on, whatever the database, the role or the URL sets: ISO dates, which the driver parses;
 * UTC; UTF-8; and READ COMMITTED, under which a check and a write in one statement take turns instead of failing.
 */
const SETTINGS = `
  SET datestyle TO 'ISO, MDY';
  SET timezone TO 'UTC';
  SET client_encoding TO 'UTF8';
  SET default_transaction_isolation TO 'read committed'`;

/** Sets up a new connection of the pool, in one round trip. */
export async function setUpSession(client: ClientBase): Promise<void> {
  // Not in the trace of the request that happens to need the connection.
  const statement: WithSpan<QueryConfig> = { text: SETTINGS, span: undefined };
  await client.query(statement);
}
