import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidEmail } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { User } from '../users/user.entity.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockOwnAccount } from '../users/own-account.js';
import { AddressChangeMails } from './address-change-mails.js';
import { type FactorProof, TrustedFactors } from '../second-factor/trusted-factors.js';

export interface AddressChange extends FactorProof {
  readonly email: string;
}

/** Begins changes of address. They happen when the code that was mailed to the new address comes back. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly database: Database,
    private readonly factors: TrustedFactors,
    private readonly mails: AddressChangeMails,
    private readonly limits: RateLimits,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes an address the pending one, and ends the code of the previous pending address. The caller cannot learn whether
   * the address is taken or reserved; its owner is notified instead. The current address is notified too if it is
   * verified. Requesting the current address cancels a pending change. A change whose request proves a factor that the
   * user has had for seven days cannot be undone.
   * @throws DomainError `mail_not_configured`; `rate_limited` after five requests within seven days; `invalid_token`
   *   when the session was revoked meanwhile; what {@link TrustedFactors.isProved} throws
   */
  async request(principal: Principal, { email, ...proof }: AddressChange, caller: Caller): Promise<void> {
    if (!this.mails.isConfigured) throw new DomainError('mail_not_configured');
    const { userId } = principal;
    const address = canonicalEmail(email);
    if (address === undefined) throw invalidEmail();
    await this.limits.count('address-change', userId);
    const pendingEmailIsTrusted = await this.factors.isProved(principal, proof, caller);
    await this.database.transaction(async (manager) => {
      const user = await lockOwnAccount(manager, principal);
      const isCancelled = address === user.email;
      const pending = isCancelled ? null : address;
      const now = this.clock.now();
      const change = { pendingEmail: pending, pendingEmailAt: pending && now, pendingEmailIsTrusted };
      await manager.update(User, { id: userId }, change);
      await this.mails.withdraw(manager, userId);
      if (isCancelled) return;
      await this.mails.writeToNew(manager, userId, address);
      await this.changes.notify(manager, 'address-change-requested', userId);
    });
  }
}
