import type { DataSource } from 'typeorm';

const VERSION_MIN = 14;

/** The database is reached but cannot be used. Its message tells an operator why, and what to do. */
export class UnsupportedDatabaseError extends Error {
  override readonly name = 'UnsupportedDatabaseError';
}

/**
 * Checks what no setting of a connection can change.
 * @throws {UnsupportedDatabaseError} for an encoding other than UTF8, and for PostgreSQL before version 14
 */
export async function checkServer(dataSource: DataSource): Promise<void> {
  const [server] = await dataSource.query<{ encoding: string; version: number; name: string }[]>(
    `SELECT current_setting('server_encoding') AS encoding, current_database() AS name,
            current_setting('server_version_num')::int / 10000 AS version`,
  );
  if (!server) return;
  const { encoding, version, name } = server;
  if (encoding !== 'UTF8') {
    throw new UnsupportedDatabaseError(
      `The database ${JSON.stringify(name)} has the encoding ${encoding}, which cannot store all names: create one ` +
        "with ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL",
    );
  }
  if (version < VERSION_MIN) {
    throw new UnsupportedDatabaseError(
      `The database server runs PostgreSQL ${version}: version ${VERSION_MIN} or later is required`,
    );
  }
}

/** What the sessions of a pooler must have by default, since nothing is set per connection there. */
const DEFAULTS = [
  { name: 'DateStyle', allowed: /^ISO\b/, set: "datestyle TO 'ISO, MDY'" },
  {
    name: 'default_transaction_isolation',
    allowed: /^read committed$/,
    set: "default_transaction_isolation TO 'read committed'",
  },
] as const;

/**
 * Checks the defaults of the database and its role, whatever this connection has set.
 * @throws {UnsupportedDatabaseError} naming the statement that corrects it
 */
export async function checkSessionDefaults(dataSource: DataSource): Promise<void> {
  const rows = await dataSource.query<{ name: string; value: string; role: string }[]>(
    'SELECT name, reset_val AS value, current_user AS role FROM pg_settings WHERE name = ANY($1)',
    [DEFAULTS.map(({ name }) => name)],
  );
  for (const { name, allowed, set } of DEFAULTS) {
    const row = rows.find((one) => one.name === name);
    if (!row || allowed.test(row.value)) continue;
    throw new UnsupportedDatabaseError(
      `Sessions of the role ${JSON.stringify(row.role)} have ${name} = ${JSON.stringify(row.value)} by default, which ` +
        `cannot be set per connection behind a pooler: run ALTER ROLE ${JSON.stringify(row.role)} SET ${set}`,
    );
  }
}
