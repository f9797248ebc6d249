import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { KnownNetworks } from '../known-networks/known-networks.js';
import { AccountChanges } from '../users/account-changes.js';

/** Notifies users whose password is known to someone who does not have their authenticator app. */
@Injectable()
export class FactorNotices {
  constructor(
    private readonly database: Database,
    private readonly networks: KnownNetworks,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /** Notifies of wrong codes with the right password, shortly before they lock the authenticator app. */
  async wrongCodes(userId: string): Promise<void> {
    await this.database.transaction((manager) => this.changes.notify(manager, 'wrong-codes', userId));
  }

  /** Notifies, at most once a day, of the right password without a code from a network that is new for the user. */
  async missingCode(userId: string, caller: Caller): Promise<void> {
    if (await this.networks.isKnown(userId, caller)) return;
    await this.database.transaction(async (manager) => {
      const [due] = await manager.query<[unknown[], number]>(
        `UPDATE totp_factors SET notified_at = $2
          WHERE user_id = $1 AND (notified_at IS NULL OR notified_at <= $2::timestamptz - interval '1 day')
          RETURNING user_id`,
        [userId, this.clock.now()],
      );
      if (due.length > 0) await this.changes.notify(manager, 'password-without-code', userId);
    });
  }
}
