import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';

/** A use is visible after this time at the latest, well below the 10 seconds that are promised for API keys. */
const FLUSH_INTERVAL_MS = 3000;

/**
 * Remembers when rows of a table were used (`last_used_at`) and writes it down together every few seconds, so that a
 * use costs no write. Times only move forward, and a row that was deleted meanwhile stays deleted.
 */
export abstract class LastUsedWriter implements BeforeApplicationShutdown {
  private readonly logger = new Logger(this.constructor.name);
  private pending = new Map<string, Date>();

  /** @param table a name of ours, never anybody's input: it becomes part of the statement */
  protected constructor(
    private readonly dataSource: DataSource,
    private readonly table: 'api_keys' | 'sessions',
  ) {}

  record(rowId: string, at: Date): void {
    const known = this.pending.get(rowId);
    if (!known || known < at) this.pending.set(rowId, at);
  }

  /** Writes what has been recorded. Nothing is lost when the database cannot be reached: the next flush tries again. */
  @Interval(FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    if (this.pending.size === 0) return;
    const uses = this.pending;
    this.pending = new Map();
    try {
      await this.dataSource.query(
        `UPDATE ${this.table} r SET last_used_at = u.at
           FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
          WHERE r.id = u.id AND (r.last_used_at IS NULL OR r.last_used_at < u.at)`,
        [[...uses.keys()], [...uses.values()]],
      );
    } catch (error) {
      for (const [rowId, at] of uses) this.record(rowId, at);
      this.logger.warn('Could not write what was last used when; trying again', error);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }
}
