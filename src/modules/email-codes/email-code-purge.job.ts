import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { ExpiredRows } from '../../database/expired-rows.js';

@Injectable()
export class EmailCodePurgeJob {
  constructor(private readonly expired: ExpiredRows) {}

  /** Deletes expired codes and returns their number. */
  @Cron('23 * * * *')
  async purge(): Promise<number> {
    return this.expired.delete('email_codes', 'expires_at', 0);
  }
}
