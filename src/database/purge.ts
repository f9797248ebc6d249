import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { inTransaction } from './transaction.js';

/** What has an end, and the column that tells when. Names of ours, never anybody's input: they become part of the statement. */
type Purgeable = ['sessions', 'expires_at'] | ['audit_events', 'created_at'] | ['revocations', 'revoked_at'];

/**
 * Deletes the rows whose time is not after `before`, oldest first and at most `batchSize` in a transaction, so that no
 * lock is held for long. It rests after each as long as it worked, so that half of the database's time is left for those
 * who wait for an answer. One instance at a time: who finds another at it leaves the rest to that one. Rows that somebody
 * holds are passed over. Returns how many it deleted itself.
 */
export async function deleteInBatches(
  dataSource: DataSource,
  ...[table, column, before, batchSize]: [...Purgeable, before: Date, batchSize: number]
): Promise<number> {
  for (let total = 0; ;) {
    const startedAt = performance.now();
    const count = await inTransaction(dataSource, async (manager) => {
      // For this batch only: it goes with the transaction, whatever becomes of the instance or of a pooler in between.
      const [turn] = await manager.query<{ mine: boolean }[]>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
        [`stagedoor purge ${table}`],
      );
      if (turn?.mine !== true) return 0;
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
    await pause(performance.now() - startedAt);
  }
}
