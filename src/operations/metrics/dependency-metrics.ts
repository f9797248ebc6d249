import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RateLimitStore } from '../../modules/rate-limits/rate-limit-store.js';
import { HealthService } from '../health.service.js';
import { MetricsRegistry } from './metrics-registry.js';

/** How long a scrape waits for the database, in milliseconds. */
const PATIENCE_MS = 1000;

/** Whether the servers that this instance depends on answer it. */
@Injectable()
export class DependencyMetrics {
  constructor(
    registry: MetricsRegistry,
    private readonly health: HealthService,
    private readonly limits: RateLimitStore,
  ) {
    registry.gauge('stagedoor_dependency_up', '1 while it answers this instance, 0 otherwise.', async () => {
      const redis = this.limits.isShared;
      return [
        [(await this.isDatabaseUp()) ? 1 : 0, { dependency: 'database' }],
        ...(redis === undefined ? [] : [[redis ? 1 : 0, { dependency: 'redis' }] as const]),
      ];
    });
  }

  private async isDatabaseUp(): Promise<boolean> {
    const patience = new AbortController();
    const tooLate = delay(PATIENCE_MS, false, { signal: patience.signal, ref: false }).catch(() => false);
    const answer = this.health.readiness().then(({ databaseUp }) => databaseUp);
    return Promise.race([answer, tooLate]).finally(() => patience.abort());
  }
}
