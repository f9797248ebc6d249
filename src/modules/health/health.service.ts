import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { VERSION } from '../../config/version.js';

export interface Readiness {
  /** Whether new work should be sent here. */
  readonly ready: boolean;
  readonly databaseUp: boolean;
}

/** Connections of this instance's pool. */
export interface PoolStats {
  readonly total: number;
  readonly idle: number;
  /** Callers in line for one. */
  readonly waiting: number;
}

/** Balancers ask every few seconds, the slowest of them twice a minute. */
const WATCHER_ASKS_WITHIN_MS = 60_000;

/** Whether this instance can serve. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  readonly version = VERSION;
  private readonly logger = new Logger(HealthService.name);
  private draining = false;
  private lastAskedAt = -Infinity;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  get uptimeSeconds(): number {
    return Math.floor(process.uptime());
  }

  /** From now on not ready, so that balancers send new work elsewhere. */
  startDraining(): void {
    this.draining = true;
  }

  /** Whoever closes the app without draining first drains now. */
  onModuleDestroy(): void {
    this.startDraining();
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** A balancer has asked, and will ask again. */
  noteBalancer(): void {
    this.lastAskedAt = performance.now();
  }

  /** Whether a balancer asks again and again, which has to be told before the instance goes. */
  get isWatched(): boolean {
    return performance.now() - this.lastAskedAt < WATCHER_ASKS_WITHIN_MS;
  }

  /** Asks the database; an answer that fails or is late (the pool's and the statement's timeouts) counts as down. */
  async readiness(): Promise<Readiness> {
    const databaseUp = await this.databaseAnswers();
    return { ready: databaseUp && !this.draining, databaseUp };
  }

  poolStats(): PoolStats {
    const { master } = this.dataSource.driver as unknown as { readonly master: Pool };
    return { total: master.totalCount, idle: master.idleCount, waiting: master.waitingCount };
  }

  private async databaseAnswers(): Promise<boolean> {
    try {
      await this.dataSource.query('SELECT 1');
      return true;
    } catch (error) {
      this.logger.warn('The database does not answer', error);
      return false;
    }
  }
}
