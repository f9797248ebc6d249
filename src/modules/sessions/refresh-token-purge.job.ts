import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { CONFIG, type Config } from '../../config/config.js';
import { ExpiredRows } from '../../database/expired-rows.js';

/** The purges of this instance since its start. */
export interface PurgeStats {
  readonly succeeded: number;
  readonly failed: number;
  readonly deleted: number;
}

/**
 * Deletes sessions that have expired by the clock of the database, and with them their refresh tokens, at
 * `REFRESH_TOKEN_PURGE_CRON`.
 */
@Injectable()
export class RefreshTokenPurgeJob implements OnApplicationBootstrap {
  private readonly logger = new Logger(RefreshTokenPurgeJob.name);

  private succeeded = 0;
  private failed = 0;
  private deleted = 0;

  constructor(
    private readonly expired: ExpiredRows,
    private readonly scheduler: SchedulerRegistry,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  // Not the @Cron decorator: the schedule is a setting, which is not known yet when the class is defined.
  onApplicationBootstrap(): void {
    const job = CronJob.from({
      cronTime: this.config.refreshTokenPurgeCron,
      onTick: async () => void (await this.purge()),
      waitForCompletion: true,
      errorHandler: (error) =>
        this.logger.warn('The purge of expired refresh tokens failed; it runs again at the next scheduled time', error),
    });
    this.scheduler.addCronJob('refresh-token-purge', job);
    job.start();
  }

  /** Returns how many sessions this instance deleted. */
  async purge(): Promise<number> {
    try {
      const deleted = await this.expired.delete('sessions', 'expires_at', 0);
      this.succeeded++;
      this.deleted += deleted;
      this.logger.log({ msg: 'Purged expired refresh tokens', deleted });
      return deleted;
    } catch (error) {
      this.failed++;
      throw error;
    }
  }

  stats(): PurgeStats {
    return { succeeded: this.succeeded, failed: this.failed, deleted: this.deleted };
  }
}
