import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import { Database } from '../../database/database.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { EmailCodes } from '../email-codes/email-codes.js';
import { type Letter, Mailer } from '../mail/mailer.js';
import type { DueMessage } from '../outbox/outbox-handler.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { User } from '../users/user.entity.js';

/** Mails codes that reset a forgotten password. */
@Injectable()
export class PasswordRecoveryService implements OnModuleInit {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly codes: EmailCodes,
    private readonly mailer: Mailer,
    private readonly limits: RateLimits,
  ) {}

  onModuleInit(): void {
    this.mailer.register('reset', {
      compose: (message) => this.compose(message),
      sent: (manager, { id }, at) => this.codes.startLifetime(manager, id, at),
    });
  }

  /**
   * Asks for a code. Writes one row whatever the address, so that neither the answer nor its time tells whether there is
   * an account; the mail finds out when it is due.
   * @throws DomainError `mail_not_configured`, `rate_limited`
   */
  async requestCode(email: string, caller: Caller): Promise<void> {
    if (!this.mailer.isConfigured) throw new DomainError('mail_not_configured');
    await this.limits.count('forgot', caller.network);
    const recipient = canonicalEmail(email) ?? email;
    await this.database.transaction((manager) => this.mailer.write(manager, 'reset', { recipient }));
  }

  private async compose(message: DueMessage): Promise<Letter<'reset'> | undefined> {
    const { id: messageId, recipient, giveUpAt } = message;
    const user = recipient === null ? null : await this.users.findOneBy({ email: recipient, status: 'active' });
    if (!user) return undefined;
    return this.database.transaction(async (manager) => {
      const { id: userId, email: address } = user;
      const code = await this.codes.issue(manager, { messageId, kind: 'reset', userId, address, giveUpAt });
      if (code === undefined) return undefined;
      const values = {
        code,
        takeover: user.emailVerifiedAt === null,
        apiKeys: await countApiKeys(manager, userId),
        passkeys: user.passkeyCount,
        totp: user.totpEnabledAt !== null,
      };
      return { to: address, locale: user.locale, values };
    });
  }
}

function countApiKeys(manager: EntityManager, userId: string): Promise<number> {
  return manager.countBy(ApiKey, { userId });
}
