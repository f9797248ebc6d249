import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { TotpResealJob } from '../modules/second-factor/totp-reseal.job.js';
import { VERSION } from '../config/version.js';
import { ClockOffset } from '../database/clock-offset.js';
import { Database } from '../database/database.js';

export interface Readiness {
  /** Whether new work should be sent here. */
  readonly ready: boolean;
  readonly databaseUp: boolean;
}

/** Load balancers poll every few seconds, the slowest of them twice a minute. */
const POLLED_WITHIN_MS = 60_000;

type DatabaseState = 'writable' | 'read-only' | 'down';

/** Whether this instance can serve. */
@Injectable()
export class HealthService implements OnModuleDestroy {
  readonly version = VERSION;
  private readonly logger = new Logger(HealthService.name);
  private state: DatabaseState = 'writable';
  private draining = false;
  private lastPolledAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly clockOffset: ClockOffset,
    private readonly reseal: TotpResealJob,
  ) {}

  /** Secrets of authenticator apps that need `APP_SECRET_PREVIOUS`; undefined where it is not set. */
  get needingAppSecretPrevious(): number | undefined {
    return this.reseal.outdated;
  }

  get uptimeSeconds(): number {
    return Math.floor(process.uptime());
  }

  /** From now on not ready, so that load balancers send new work elsewhere. */
  startDraining(): void {
    this.draining = true;
  }

  /** An app that is closed without draining first drains now. */
  onModuleDestroy(): void {
    this.startDraining();
  }

  get isDraining(): boolean {
    return this.draining;
  }

  notePoll(): void {
    this.lastPolledAt = performance.now();
  }

  /** Whether a load balancer polls this instance, and has to see that it is not ready before it stops. */
  get isPolled(): boolean {
    return performance.now() - this.lastPolledAt < POLLED_WITHIN_MS;
  }

  /** Queries the database; an error or a timeout (the pool's or the statement's) counts as down. */
  async readiness(): Promise<Readiness> {
    const state = await this.databaseState();
    const ready = state === 'writable' && this.clockOffset.isTolerable && !this.draining;
    return { ready, databaseUp: state !== 'down' };
  }

  /** Logs each change once, however often it is asked. */
  private async databaseState(): Promise<DatabaseState> {
    let cause: unknown;
    let state: DatabaseState;
    try {
      state = (await this.database.isWritable()) ? 'writable' : 'read-only';
    } catch (error) {
      state = 'down';
      cause = error;
    }
    if (state !== this.state) this.report(state, cause);
    this.state = state;
    return state;
  }

  private report(state: DatabaseState, cause: unknown): void {
    if (state === 'down') this.logger.warn('The database does not answer', cause);
    else if (state === 'read-only') this.logger.warn('The database is read-only; reads are served, writes are not');
    else this.logger.log('The database is usable again');
  }
}
