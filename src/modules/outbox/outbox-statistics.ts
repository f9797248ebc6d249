import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { RecentValue } from '../../common/recent-value.js';
import { type OutboxStats, OutboxQueue } from './outbox-queue.js';

const MAX_AGE_MS = 5000;
const PATIENCE_MS = 1000;

/** Waiting and failed messages, for monitoring. */
@Injectable()
export class OutboxStatistics {
  private readonly logger = new Logger(OutboxStatistics.name);
  private readonly stats: RecentValue<OutboxStats>;

  constructor(queue: OutboxQueue, clock: Clock) {
    this.stats = new RecentValue(
      clock,
      () => queue.stats(clock.now()),
      (error) => this.logger.debug('Could not read the statistics of the outbox', error),
      { maxAgeMs: MAX_AGE_MS, patienceMs: PATIENCE_MS },
    );
  }

  /**
   * At most five seconds old while the database responds. Never fails, and waits for the database for at most a second;
   * undefined before its first response.
   */
  async latest(): Promise<OutboxStats | undefined> {
    return this.stats.latest();
  }
}
