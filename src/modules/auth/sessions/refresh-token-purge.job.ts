import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { Clock } from '../../../common/clock.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { SessionsService } from './sessions.service.js';

const BATCH_SIZE = 1000;

/** What this instance's purges did since its start. */
export interface PurgeStats {
  readonly succeeded: number;
  readonly failed: number;
  readonly deleted: number;
}

/** Deletes expired refresh tokens, with the sessions they stood for, at `REFRESH_TOKEN_PURGE_CRON`. */
@Injectable()
export class RefreshTokenPurgeJob implements OnApplicationBootstrap {
  private readonly logger = new Logger(RefreshTokenPurgeJob.name);

  private succeeded = 0;
  private failed = 0;
  private deleted = 0;

  constructor(
    private readonly sessions: SessionsService,
    private readonly scheduler: SchedulerRegistry,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  // Not the @Cron decorator: the time is a setting, and settings are read once, not while classes are defined.
  onApplicationBootstrap(): void {
    const job = CronJob.from({
      cronTime: this.config.refreshTokenPurgeCron,
      onTick: () => this.purge(),
      waitForCompletion: true,
      errorHandler: (error) =>
        this.logger.warn('The purge of expired refresh tokens failed; it runs again next time', error),
    });
    this.scheduler.addCronJob('refresh-token-purge', job);
    job.start();
  }

  async purge(): Promise<void> {
    try {
      const deleted = await this.sessions.purgeExpired(this.clock.now(), BATCH_SIZE);
      this.succeeded++;
      this.deleted += deleted;
      this.logger.log({ msg: 'Purged expired refresh tokens', deleted });
    } catch (error) {
      this.failed++;
      throw error;
    }
  }

  stats(): PurgeStats {
    return { succeeded: this.succeeded, failed: this.failed, deleted: this.deleted };
  }
}
