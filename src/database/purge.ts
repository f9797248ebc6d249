import type { DataSource } from 'typeorm';
import { inTransaction } from './transaction.js';

/** What has an end, and the column that tells when. Names of ours, never anybody's input: they become part of the statement. */
type Purgeable = ['sessions', 'expires_at'] | ['audit_events', 'created_at'] | ['revocations', 'revoked_at'];

/**
 * Deletes the rows whose time is not after `before`, oldest first and at most `batchSize` in a transaction, so that no
 * lock is held for long; rows that another instance is deleting are passed over. Returns how many it deleted.
 */
export async function deleteInBatches(
  dataSource: DataSource,
  ...[table, column, before, batchSize]: [...Purgeable, before: Date, batchSize: number]
): Promise<number> {
  for (let total = 0; ;) {
    const count = await inTransaction(dataSource, async (manager) => {
      // Tells the triggers, until the transaction ends, that this is a purge: nothing is taken back, no record changed.
      await manager.query(`SELECT set_config('stagedoor.purging', 'on', true)`);
      const [, deleted] = await manager.query<[unknown[], number]>(
        `DELETE FROM ${table} WHERE id IN (
           SELECT id FROM ${table} WHERE ${column} <= $1 ORDER BY ${column} LIMIT $2 FOR UPDATE SKIP LOCKED)`,
        [before, batchSize],
      );
      return deleted;
    });
    total += count;
    if (count < batchSize) return total;
  }
}
