import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ExpiredRows } from '../../database/expired-rows.js';

/** More than any clock may be off: a challenge that an instance still accepts must stay spent. */
const MARGIN_SECONDS = 120;

@Injectable()
export class SpentChallengePurgeJob {
  constructor(private readonly expired: ExpiredRows) {}

  /** Deletes spent challenges that no instance would still accept, and returns their number. */
  @Cron('*/15 * * * *')
  async purge(): Promise<number> {
    return this.expired.delete('spent_passkey_challenges', 'expires_at', MARGIN_SECONDS);
  }
}
