import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import type { Caller } from '../../common/caller.js';
import { addSeconds, Clock } from '../../common/clock.js';
import { NIL_ID } from '../../common/ids.js';
import { widerNetworkOf } from '../../common/ip-address.js';
import { Database } from '../../database/database.js';
import { ExpiredRows } from '../../database/expired-rows.js';

/** How long a network stays known after a login. */
const KNOWN_SECONDS = 90 * 86_400;

/**
 * Tells whether a user has logged in from a network (an IPv4 /24 or IPv6 /48) in the last 90 days. The statement that
 * inserts a session records its network.
 */
@Injectable()
export class KnownNetworks {
  constructor(
    private readonly database: Database,
    private readonly expired: ExpiredRows,
    private readonly clock: Clock,
  ) {}

  /** Without a user the answer is no, after the same statement. */
  async isKnown(userId: string | undefined, { ip }: Caller): Promise<boolean> {
    const rows = await this.database.query(
      'SELECT user_id FROM known_networks WHERE user_id = $1 AND network = $2 AND last_login_at > $3',
      [userId ?? NIL_ID, widerNetworkOf(ip), addSeconds(this.clock.now(), -KNOWN_SECONDS)],
    );
    return rows.length > 0;
  }

  /** Deletes networks that are no longer known; returns how many. */
  @Cron('13 4 * * *')
  async purge(): Promise<number> {
    return this.expired.delete('known_networks', 'last_login_at', KNOWN_SECONDS);
  }
}
