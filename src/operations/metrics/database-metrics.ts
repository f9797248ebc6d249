import { Injectable } from '@nestjs/common';
import { ClockOffset } from '../../database/clock-offset.js';
import { Database } from '../../database/database.js';
import { MetricsRegistry } from './metrics-registry.js';

@Injectable()
export class DatabaseMetrics {
  constructor(registry: MetricsRegistry, database: Database, clockOffset: ClockOffset) {
    registry.gauge('stagedoor_clock_offset_seconds', 'Seconds that the clock is ahead of the database’s.', () => [
      [clockOffset.seconds],
    ]);
    registry.gauge('stagedoor_database_pool_connections', 'Open connections of the pool, by state.', () => {
      const { total, idle } = database.poolStats();
      return [
        [total - idle, { state: 'busy' }],
        [idle, { state: 'idle' }],
      ];
    });
    registry.gauge('stagedoor_database_pool_waiting', 'Callers that wait for a connection.', () => [
      [database.poolStats().waiting],
    ]);
    registry.gauge('stagedoor_database_pool_max', 'Connections that the pool may open.', () => [
      [database.poolStats().max],
    ]);
  }
}
