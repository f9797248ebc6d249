import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { Clock } from '../../../common/clock.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { SessionsService } from './sessions.service.js';

const BATCH_SIZE = 1000;

/** Deletes expired refresh tokens, with the sessions they stood for, at `REFRESH_TOKEN_PURGE_CRON`. */
@Injectable()
export class RefreshTokenPurgeJob implements OnApplicationBootstrap {
  private readonly logger = new Logger(RefreshTokenPurgeJob.name);

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
    const deleted = await this.sessions.purgeExpired(this.clock.now(), BATCH_SIZE);
    this.logger.log({ msg: 'Purged expired refresh tokens', deleted });
  }
}
