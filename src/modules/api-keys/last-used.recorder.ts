import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** A use is visible in the list of keys after this time at the latest, well below the promised 10 seconds. */
const FLUSH_INTERVAL_MS = 3000;

/**
 * Remembers when keys were used and writes it down together every few seconds, so that a call with a key costs no
 * write. Times only move forward, and a key that was deleted meanwhile stays deleted.
 */
@Injectable()
export class LastUsedRecorder implements BeforeApplicationShutdown {
  private readonly logger = new Logger(LastUsedRecorder.name);
  private pending = new Map<string, Date>();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  record(apiKeyId: string, at: Date): void {
    const known = this.pending.get(apiKeyId);
    if (!known || known < at) this.pending.set(apiKeyId, at);
  }

  /** Writes what has been recorded. Nothing is lost when the database cannot be reached: the next flush tries again. */
  @Interval(FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    if (this.pending.size === 0) return;
    const uses = this.pending;
    this.pending = new Map();
    try {
      await this.dataSource.query(
        `UPDATE api_keys k SET last_used_at = u.at
           FROM unnest($1::uuid[], $2::timestamptz[]) AS u (id, at)
          WHERE k.id = u.id AND (k.last_used_at IS NULL OR k.last_used_at < u.at)`,
        [[...uses.keys()], [...uses.values()]],
      );
    } catch (error) {
      for (const [apiKeyId, at] of uses) this.record(apiKeyId, at);
      this.logger.warn('Could not write when API keys were last used; trying again', error);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }
}
