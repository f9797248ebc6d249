import type { Database } from '../database/database.js';

/** What changed shortly before a dump was made, a line for each, newest first. */
export interface RecentChanges {
  /** The time of the newest row; undefined in an empty database. */
  readonly dumpedAt: Date | undefined;
  readonly apiKeys: readonly string[];
  readonly passwords: readonly string[];
  readonly accounts: readonly string[];
}

interface Change {
  readonly at: Date;
  readonly text: string;
}

/**
 * Reads the changes of the last `hours` before the newest row of a restored database. What the command `via` has recorded
 * is no such row: it may have run on the restored database before.
 */
export async function readRecentChanges(database: Database, hours: number, via: string): Promise<RecentChanges> {
  const [newest] = await database.query<{ at: Date | null }>(
    `SELECT greatest((SELECT max(created_at) FROM audit_events WHERE details->>'via' IS DISTINCT FROM $1),
                     (SELECT max(created_at) FROM sessions), (SELECT max(updated_at) FROM users),
                     (SELECT max(created_at) FROM api_keys)) AS at`,
    [via],
  );
  const dumpedAt = newest?.at ?? undefined;
  if (dumpedAt === undefined) return { dumpedAt, apiKeys: [], passwords: [], accounts: [] };
  const since = new Date(dumpedAt.getTime() - hours * 3_600_000);
  const read = async (sql: string): Promise<string[]> => {
    const changes = await database.query<Change>(`${sql} ORDER BY at DESC`, [since]);
    return changes.map(({ at, text }) => `${at.toISOString()}  ${text}`);
  };
  return {
    dumpedAt,
    apiKeys: await read(
      `SELECT changed.at, k.key_id || '  ' || u.email || '  ' || k.name AS text
         FROM (SELECT key_id, max(created_at) AS at
                 FROM (SELECT key_id, created_at FROM api_keys
                       UNION ALL
                       SELECT key_id, created_at FROM audit_events WHERE event = 'api_key.rotated') AS times
                GROUP BY key_id) AS changed
         JOIN api_keys k ON k.key_id = changed.key_id JOIN users u ON u.id = k.user_id
        WHERE changed.at >= $1`,
    ),
    passwords: await read(
      `SELECT e.created_at AS at, u.email AS text
         FROM audit_events e JOIN users u ON u.id = e.user_id
        WHERE e.event IN ('password.changed', 'password.reset', 'email.undone') AND e.created_at >= $1`,
    ),
    accounts: await read(
      `SELECT updated_at AS at, email || '  ' || role || '  ' || status AS text FROM users WHERE updated_at >= $1`,
    ),
  };
}
