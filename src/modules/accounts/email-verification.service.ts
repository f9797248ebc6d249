import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { RESERVED_ADDRESS, sqlState, violates } from '../../database/sql-state.js';
import type { PresentedCode, RedeemedCode } from '../email-codes/email-codes.js';
import { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockOwnAccount } from '../users/own-account.js';
import { AddressChangeMails } from './address-change-mails.js';
import { CodeRedemption } from './code-redemption.js';

/** Verifies addresses by codes that come back together with a session of the user they were mailed to. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly database: Database,
    private readonly redemption: CodeRedemption,
    private readonly mails: AddressChangeMails,
    private readonly users: UsersService,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Verifies the current address, or replaces it by the pending one, whichever the code was mailed to. A code that
   * verified the current address can be presented again within its lifetime, and changes nothing.
   * @throws DomainError `invalid_code`, the same for every cause; `email_taken`, which leaves the code usable;
   *   `rate_limited`; `invalid_token` when the session was revoked meanwhile
   */
  async verify(principal: Principal, code: string, caller: Caller): Promise<User> {
    await this.redemption.countAttempt(caller);
    const { userId } = principal;
    const presented: PresentedCode = { code, kinds: ['verification', 'new_address'], userId };
    const event = await this.database.transaction(async (manager) => {
      const user = await lockOwnAccount(manager, principal);
      const redeemed = await this.redemption.redeem(manager, presented);
      return redeemed.kind === 'verification'
        ? this.verifyCurrent(manager, user, redeemed)
        : this.adoptPending(manager, user, redeemed);
    });
    if (event !== undefined) await this.changes.record(event, { actorId: userId, userId });
    return this.users.get(principal, userId);
  }

  private async verifyCurrent(manager: EntityManager, user: User, { address, isRepeat }: RedeemedCode) {
    if (address !== user.email) throw new DomainError('invalid_code');
    if (isRepeat || user.emailVerifiedAt !== null) return undefined;
    const now = this.clock.now();
    await manager.update(User, { id: user.id }, { emailVerifiedAt: now, updatedAt: now });
    return 'email.verified' as const;
  }

  private async adoptPending(manager: EntityManager, user: User, { address }: RedeemedCode) {
    if (address === null || address !== user.pendingEmail) throw new DomainError('invalid_code');
    const now = this.clock.now();
    // First, so that no one can take the old address while the change commits.
    if (user.emailVerifiedAt !== null) await this.mails.writeChanged(manager, user);
    try {
      await manager.update(
        User,
        { id: user.id },
        { email: address, emailVerifiedAt: now, pendingEmail: null, pendingEmailAt: null, updatedAt: now },
      );
    } catch (error) {
      const isTaken = violates(error, 'users_email_key') || sqlState(error) === RESERVED_ADDRESS;
      throw isTaken ? new DomainError('email_taken') : error;
    }
    return 'email.changed' as const;
  }
}
