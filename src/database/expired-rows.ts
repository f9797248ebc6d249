import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Batches } from './batches.js';
import { ClockOffset } from './clock-offset.js';
import { Database } from './database.js';

/** A table with the column of its expiry. Both become part of the statement, so they are never taken from input. */
type Purgeable =
  | ['sessions', 'expires_at']
  | ['audit_events', 'created_at']
  | ['revocations', 'revoked_at']
  | ['outbox_messages', 'created_at']
  | ['email_codes', 'expires_at']
  | ['spent_passkey_challenges', 'expires_at']
  | ['known_networks', 'last_login_at'];

const BATCH_SIZE = 1000;

/** Rows that a foreign key deletes with a row, where they can be many: their table, key, and column of that foreign key. */
const DEPENDENTS: Readonly<Partial<Record<Purgeable[0], readonly [table: string, key: string, owner: string]>>> = {
  sessions: ['spent_refresh_tokens', 'token_hash', 'session_id'],
};

interface Batch {
  readonly rows: number;
  /** How many of their {@link DEPENDENTS} were deleted before them; the rows follow when none are left. */
  readonly dependents: number;
}

/** The columns of its primary key. */
const keyOf = (table: Purgeable[0]): string => (table === 'known_networks' ? 'user_id, network' : 'id');

/** Deletes rows that have expired by the clock of the database. */
@Injectable()
export class ExpiredRows {
  constructor(
    private readonly database: Database,
    private readonly batches: Batches,
    private readonly clockOffset: ClockOffset,
  ) {}

  /**
   * Deletes the rows whose time is `ageSeconds` ago or longer, oldest first and 1,000 in a transaction, so that no lock is
   * held for long. Dependent rows are deleted first, in batches of the same size. One instance at a time: an instance that finds
   * another one purging leaves the rest to it. Locked rows are skipped. Deletes nothing while this machine's clock is more
   * than a minute off, since the times may be its own. Returns the number of rows that this instance deleted, without
   * dependent ones.
   */
  async delete(...rows: [...Purgeable, ageSeconds: number]): Promise<number> {
    if (!this.clockOffset.isTolerable) return 0;
    let deleted = 0;
    await this.batches.run(BATCH_SIZE, async () => {
      const batch = await this.deleteBatch(...rows);
      deleted += batch.rows;
      return Math.max(batch.rows, batch.dependents);
    });
    return deleted;
  }

  private deleteBatch(...[table, column, ageSeconds]: [...Purgeable, ageSeconds: number]): Promise<Batch> {
    return this.database.transaction(async (manager) => {
      // For this batch only: it goes with the transaction, whatever becomes of the instance or of a pooler in between.
      const [turn] = await manager.query<{ mine: boolean }[]>(
        'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS mine',
        [`stagedoor purge ${table}`],
      );
      if (turn?.mine !== true) return { rows: 0, dependents: 0 };
      // The triggers read this until the transaction ends: a purge revokes nothing and changes no audit event.
      await manager.query(`SELECT set_config('stagedoor.purging', 'on', true)`);
      const key = keyOf(table);
      const expired = `SELECT ${key} FROM ${table} WHERE ${column} <= now() - make_interval(secs => $1)
        ORDER BY ${column} LIMIT ${BATCH_SIZE}`;
      const dependents = await this.deleteDependents(manager, table, expired, ageSeconds);
      if (dependents === BATCH_SIZE) return { rows: 0, dependents };
      const [, rows] = await manager.query<[unknown[], number]>(
        `DELETE FROM ${table} WHERE (${key}) IN (${expired} FOR UPDATE SKIP LOCKED)`,
        [ageSeconds],
      );
      return { rows, dependents };
    });
  }

  /** Deletes at most {@link BATCH_SIZE} dependent rows of those that `expired` selects. Returns how many. */
  private async deleteDependents(
    manager: EntityManager,
    table: Purgeable[0],
    expired: string,
    ageSeconds: number,
  ): Promise<number> {
    const dependency = DEPENDENTS[table];
    if (!dependency) return 0;
    const [dependents, key, owner] = dependency;
    // Row by row, so that the search ends with the first thousand and does not read all of them each time.
    const [, deleted] = await manager.query<[unknown[], number]>(
      `DELETE FROM ${dependents} WHERE ${key} = ANY(ARRAY(
         SELECT d.${key} FROM (${expired}) AS expired CROSS JOIN LATERAL (
           SELECT ${key} FROM ${dependents} WHERE ${owner} = expired.${keyOf(table)} LIMIT ${BATCH_SIZE}) AS d
          LIMIT ${BATCH_SIZE}))`,
      [ageSeconds],
    );
    return deleted;
  }
}
