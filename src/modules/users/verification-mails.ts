import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, IsNull, Repository } from 'typeorm';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { EmailCodes } from '../email-codes/email-codes.js';
import { type Letter, Mailer } from '../mail/mailer.js';
import type { DueMessage } from '../outbox/outbox-handler.js';
import { User } from './user.entity.js';

/** Mails that ask a user to verify the address of the account. */
@Injectable()
export class VerificationMails implements OnModuleInit {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly codes: EmailCodes,
    private readonly mailer: Mailer,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.mailer.register('verify', {
      compose: (message) => this.compose(message),
      sent: async (manager, { id, userId }, at) => {
        // The user's row first, like everywhere.
        if (userId !== null) {
          await manager.update(User, { id: userId, verificationSentAt: IsNull() }, { verificationSentAt: at });
        }
        await this.codes.startLifetime(manager, id, at);
      },
    });
  }

  /** Writes the mail of a sign-up in the caller's transaction, unless `EMAIL_VERIFICATION` is `off`. */
  async writeAtSignUp(manager: EntityManager, user: Pick<User, 'id' | 'email'>): Promise<void> {
    if (this.config.emailVerification !== 'off') await this.write(manager, user);
  }

  /** Writes a mail in the caller's transaction. Mail must be configured. */
  async write(manager: EntityManager, { id, email }: Pick<User, 'id' | 'email'>): Promise<void> {
    await this.mailer.write(manager, 'verify', { userId: id, recipient: email });
  }

  private async compose(message: DueMessage): Promise<Letter<'verify'> | undefined> {
    const { id: messageId, userId, recipient, giveUpAt } = message;
    if (userId === null || recipient === null) return undefined;
    const user = await this.users.findOneBy({ id: userId, email: recipient, status: 'active' });
    if (!user || user.emailVerifiedAt !== null) return undefined;
    const code = await this.database.transaction((manager) =>
      this.codes.issue(manager, { messageId, kind: 'verification', userId, address: recipient, giveUpAt }),
    );
    return code === undefined ? undefined : { to: recipient, locale: user.locale, values: { code } };
  }
}
