import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { RefreshTokenPurgeJob } from '../../modules/sessions/refresh-token-purge.job.js';
import { SessionStatistics } from '../../modules/sessions/session-statistics.js';
import { MetricsRegistry } from './metrics-registry.js';

@Injectable()
export class SessionMetrics {
  constructor(
    private readonly registry: MetricsRegistry,
    private readonly clock: Clock,
    private readonly sessions: SessionStatistics,
    private readonly purge: RefreshTokenPurgeJob,
  ) {
    this.addCounts();
    this.addPurge();
  }

  private addCounts(): void {
    const { registry, sessions } = this;
    registry.gauge(
      'stagedoor_sessions',
      'Sessions in the database, of all instances; at most 1,000,000 are counted.',
      async () => {
        const count = await sessions.latest();
        if (!count) return [];
        return [
          [count.live, { state: 'live' }],
          [count.expired, { state: 'expired' }],
        ];
      },
    );
    registry.gauge('stagedoor_sessions_count_age_seconds', 'Age of the count of sessions.', async () => {
      const count = await sessions.latest();
      return count ? [[this.secondsSince(count.countedAt)]] : [];
    });
    registry.gauge(
      'stagedoor_oldest_expired_session_age_seconds',
      'Time since the oldest session in the database expired; 0 if there is none.',
      async () => {
        const count = await sessions.latest();
        return count ? [[count.oldestExpiredAt ? this.secondsSince(count.oldestExpiredAt) : 0]] : [];
      },
    );
  }

  private addPurge(): void {
    const { registry, purge } = this;
    registry.counter('stagedoor_purge_runs_total', 'Purges that this instance ran.', () => {
      const { succeeded, failed } = purge.stats();
      return [
        [succeeded, { outcome: 'succeeded' }],
        [failed, { outcome: 'failed' }],
      ];
    });
    registry.counter('stagedoor_purged_sessions_total', 'Expired sessions that this instance deleted.', () => [
      [purge.stats().deleted],
    ]);
  }

  private secondsSince(instant: Date): number {
    return Math.max(0, (this.clock.now().getTime() - instant.getTime()) / 1000);
  }
}
