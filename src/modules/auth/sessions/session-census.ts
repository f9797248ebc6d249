import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../../../common/clock.js';

/** How many sessions there are, on all instances together. Each number stops at {@link COUNT_MAX}. */
export interface SessionCount {
  readonly live: number;
  /** Not purged yet. */
  readonly expired: number;
  /** When the session expired that waits longest for the purge; undefined when none does. */
  readonly oldestExpiredAt: Date | undefined;
  readonly countedAt: Date;
}

/** At which counting stops: it then means "so many or more". */
export const COUNT_MAX = 1_000_000;
const COUNT_EVERY_MS = 60_000;
/** A count that takes longer is shown the next time. */
const PATIENCE_MS = 1000;

interface CountRow {
  readonly live: number;
  readonly expired: number;
  readonly oldest: Date | null;
}

/** Counts sessions for whoever watches from outside: at most once a minute, however often it is asked. */
@Injectable()
export class SessionCensus {
  private readonly logger = new Logger(SessionCensus.name);
  private last: SessionCount | undefined;
  private counting: Promise<void> | undefined;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /**
   * The latest count, made anew where it is a minute old. Never fails, and never waits longer than a second for the
   * database: then it is the count before, or undefined where there was none.
   */
  async latest(): Promise<SessionCount | undefined> {
    const ageMs = this.last ? this.clock.now().getTime() - this.last.countedAt.getTime() : Infinity;
    if (ageMs >= 0 && ageMs < COUNT_EVERY_MS) return this.last;
    this.counting ??= this.count().finally(() => (this.counting = undefined));
    let patience: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (patience = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.counting, enough]);
    clearTimeout(patience);
    return this.last;
  }

  // Three reads of the index on expires_at, none of them longer than COUNT_MAX entries.
  private async count(): Promise<void> {
    const countedAt = this.clock.now();
    try {
      const [row] = await this.dataSource.query<CountRow[]>(
        `SELECT (SELECT count(*)::int FROM (SELECT 1 FROM sessions WHERE expires_at > $1 LIMIT $2) l) AS live,
                (SELECT count(*)::int FROM (SELECT 1 FROM sessions WHERE expires_at <= $1 LIMIT $2) e) AS expired,
                (SELECT min(expires_at) FROM sessions WHERE expires_at <= $1) AS oldest`,
        [countedAt, COUNT_MAX],
      );
      if (row) {
        this.last = { live: row.live, expired: row.expired, oldestExpiredAt: row.oldest ?? undefined, countedAt };
      }
    } catch (error) {
      this.logger.debug('Could not count sessions', error);
    }
  }
}
