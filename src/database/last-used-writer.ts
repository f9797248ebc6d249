import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Database } from './database.js';

/** A use is visible within this time, well below the 10 seconds that are documented for API keys. */
const FLUSH_INTERVAL_MS = 3000;

const TABLES = ['api_keys', 'sessions'] as const;
type Table = (typeof TABLES)[number];

/**
 * Records when API keys and sessions were last used. The times are written together every few seconds, so that a use
 * costs no write. They only move forward, and a row that was deleted in the meantime stays deleted.
 */
@Injectable()
export class LastUsedWriter implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastUsedWriter.name);
  private pending = noUses();
  private flushed = Promise.resolve();
  /** The tables that could not be written. */
  private readonly failing = new Set<Table>();

  constructor(private readonly database: Database) {}

  record(table: Table, rowId: string, at: Date): void {
    const uses = this.pending[table];
    const known = uses.get(rowId);
    if (!known || known < at) uses.set(rowId, at);
  }

  /** Writes what was recorded, after the previous flush has finished. If that fails, the next flush tries again. */
  @Interval(FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    this.flushed = this.flushed.then(() => this.writePending());
    return this.flushed;
  }

  private async writePending(): Promise<void> {
    const uses = this.pending;
    this.pending = noUses();
    for (const table of TABLES) await this.write(table, uses[table]);
  }

  /** Begins before the drain, which may outlast the grace period, and so the process. The drain does not wait for it. */
  beforeApplicationShutdown(): void {
    void this.flush();
  }

  private async write(table: Table, uses: ReadonlyMap<string, Date>): Promise<void> {
    if (uses.size === 0) return;
    try {
      await this.database.query(
        `UPDATE ${table} r SET last_used_at = u.at
           FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
          WHERE r.id = u.id AND (r.last_used_at IS NULL OR r.last_used_at < u.at)`,
        [[...uses.keys()], [...uses.values()]],
      );
      if (this.failing.delete(table)) this.logger.log(`last_used_at of ${table} is written again`);
    } catch (error) {
      for (const [rowId, at] of uses) this.record(table, rowId, at);
      if (this.failing.has(table)) return;
      this.failing.add(table);
      this.logger.warn(`Cannot write last_used_at of ${table}; trying again until it succeeds`, error);
    }
  }
}

function noUses(): Record<Table, Map<string, Date>> {
  return { api_keys: new Map(), sessions: new Map() };
}
