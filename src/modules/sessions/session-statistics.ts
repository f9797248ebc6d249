import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { RecentValue } from '../../common/recent-value.js';
import { Database } from '../../database/database.js';

/** The sessions in the database, those of all instances. No number exceeds {@link COUNT_MAX}. */
export interface SessionCount {
  readonly live: number;
  /** Expired and not purged yet. */
  readonly expired: number;
  /** When the oldest expired session expired; undefined when there is none. */
  readonly oldestExpiredAt: Date | undefined;
  readonly countedAt: Date;
}

/** Counting stops here: the number then means "this many or more". */
export const COUNT_MAX = 1_000_000;
const MAX_AGE_MS = 60_000;
/** A count that takes longer is returned the next time. */
const PATIENCE_MS = 1000;

interface CountRow {
  readonly live: number;
  readonly expired: number;
  readonly oldest: Date | null;
}

/** Counts sessions for monitoring, at most once a minute. */
@Injectable()
export class SessionStatistics {
  private readonly logger = new Logger(SessionStatistics.name);
  private readonly sessions: RecentValue<SessionCount>;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {
    this.sessions = new RecentValue(
      clock,
      () => this.count(),
      (error) => this.logger.debug('Could not count sessions', error),
      { maxAgeMs: MAX_AGE_MS, patienceMs: PATIENCE_MS },
    );
  }

  /**
   * The latest count, renewed when it is a minute old. Never fails, and waits at most a second for the database: after
   * that it is the previous count, or undefined when there is none.
   */
  async latest(): Promise<SessionCount | undefined> {
    return this.sessions.latest();
  }

  // Three reads of the index on expires_at, of at most COUNT_MAX entries each.
  private async count(): Promise<SessionCount> {
    const countedAt = this.clock.now();
    const [row] = await this.database.query<CountRow>(
      `SELECT (SELECT count(*)::int FROM (SELECT 1 FROM sessions WHERE expires_at > $1 LIMIT $2) l) AS live,
              (SELECT count(*)::int FROM (SELECT 1 FROM sessions WHERE expires_at <= $1 LIMIT $2) e) AS expired,
              (SELECT min(expires_at) FROM sessions WHERE expires_at <= $1) AS oldest`,
      [countedAt, COUNT_MAX],
    );
    const { live = 0, expired = 0, oldest = null } = row ?? {};
    return { live, expired, oldestExpiredAt: oldest ?? undefined, countedAt };
  }
}
