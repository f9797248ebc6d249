import { Inject, Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { CONFIG, type Config } from '../../config/config.js';
import { Batches } from '../../database/batches.js';
import { ClockOffset } from '../../database/clock-offset.js';
import { Database } from '../../database/database.js';
import { Revocations } from '../revocations/revocations.js';
import { SecurityEvents } from '../security-events/security-events.js';

const BATCH_SIZE = 1000;

/**
 * With `UNVERIFIED_ACCOUNT_DAYS`, deletes the accounts of users who did not verify their address in time. Users who were
 * never sent a verification mail stay, and so does everyone with a higher role.
 */
@Injectable()
export class UnverifiedAccountPurgeJob {
  private readonly logger = new Logger(UnverifiedAccountPurgeJob.name);

  constructor(
    private readonly database: Database,
    private readonly batches: Batches,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
    private readonly clockOffset: ClockOffset,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Deletes nothing while this machine's clock is more than a minute off. Returns how many accounts this instance
   * deleted.
   */
  @Cron('29 * * * *')
  async purge(): Promise<number> {
    const days = this.config.unverifiedAccountDays;
    if (days === undefined || !this.clockOffset.isTolerable) return 0;
    const total = await this.batches.run(BATCH_SIZE, () => this.deleteBatch(days));
    if (total > 0) {
      await this.revocations.catchUp();
      this.logger.log({ msg: 'Deleted accounts whose address was not verified in time', deleted: total });
    }
    return total;
  }

  private async deleteBatch(days: number): Promise<number> {
    const deleted = await this.database.query<{ readonly id: string }>(
      `DELETE FROM users WHERE id IN (
         SELECT id FROM users
          WHERE email_verified_at IS NULL AND verification_sent_at <= now() - make_interval(hours => $1) AND role = 'user'
          ORDER BY verification_sent_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [days * 24, BATCH_SIZE],
    );
    for (const { id } of deleted) this.events.record('user.deleted', { userId: id, reason: 'unverified' });
    return deleted.length;
  }
}
