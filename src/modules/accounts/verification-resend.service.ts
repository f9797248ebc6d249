import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { User } from '../users/user.entity.js';
import { VerificationMails } from '../users/verification-mails.js';
import { AddressChangeMails } from './address-change-mails.js';

/** Sends the code of a verification again. */
@Injectable()
export class VerificationResendService {
  constructor(
    private readonly database: Database,
    private readonly limits: RateLimits,
    private readonly verificationMails: VerificationMails,
    private readonly addressChangeMails: AddressChangeMails,
  ) {}

  /**
   * Mails a code to the pending address, or else to the current one while it is not verified.
   * @throws DomainError `mail_not_configured`, `rate_limited`
   */
  async resend({ userId }: Principal, caller: Caller): Promise<void> {
    if (!this.addressChangeMails.isConfigured) throw new DomainError('mail_not_configured');
    await this.limits.count('resend', caller.network);
    await this.database.transaction(async (manager) => {
      const user = await manager.findOneBy(User, { id: userId });
      if (user?.pendingEmail != null) {
        await this.addressChangeMails.writeToNew(manager, userId, user.pendingEmail);
      } else if (user && user.emailVerifiedAt === null) {
        await this.verificationMails.write(manager, user);
      }
    });
  }
}
