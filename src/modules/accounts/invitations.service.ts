import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import { hasRole, type Principal, type Role } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { EmailCodes } from '../email-codes/email-codes.js';
import { type Letter, Mailer } from '../mail/mailer.js';
import type { DueMessage } from '../outbox/outbox-handler.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { NewUsers } from '../users/new-users.js';
import { User } from '../users/user.entity.js';
import { AccountChanges } from '../users/account-changes.js';
import { assertSessionExists } from '../users/own-account.js';

export interface InvitationInput {
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly username?: string | null;
  readonly phone?: string | null;
  readonly locale?: string | null;
  readonly role?: Role;
}

export interface Invitation {
  readonly user: User;
  /** Where mail is not configured: to be handed over. */
  readonly code?: string;
}

/** Invites people. */
@Injectable()
export class InvitationsService implements OnModuleInit {
  constructor(
    private readonly database: Database,
    private readonly newUsers: NewUsers,
    private readonly sessions: ActiveSessionsService,
    private readonly codes: EmailCodes,
    private readonly mailer: Mailer,
    private readonly changes: AccountChanges,
  ) {}

  onModuleInit(): void {
    this.mailer.register('invitation', {
      compose: (message) => this.compose(message),
      sent: (manager, { id }, at) => this.codes.startLifetime(manager, id, at),
    });
  }

  /**
   * Creates an account without a password, and mails its invitation. Where mail is not configured, the code is returned
   * instead.
   * @throws DomainError `forbidden` (only a SUPER_ADMIN grants a role), `reauthentication_required` (which requires a
   *   recent login), `email_taken`, `username_taken`; `invalid_token` when the session of the admin was revoked meanwhile
   */
  async invite(principal: Principal, input: InvitationInput): Promise<Invitation> {
    const givesRole = input.role !== undefined && input.role !== 'user';
    if (!hasRole(principal, givesRole ? 'SUPER_ADMIN' : 'admin')) throw new DomainError('forbidden');
    if (givesRole && !(await this.sessions.isRecent(principal))) throw new DomainError('reauthentication_required');
    const invitation = await this.database.transaction(async (manager) => {
      const user = await this.newUsers.create(manager, { ...input, passwordHash: null });
      await assertSessionExists(manager, principal);
      return { user, ...(await this.sendCode(manager, user)) };
    });
    await this.changes.record('user.invited', { actorId: principal.userId, userId: invitation.user.id });
    return invitation;
  }

  private async sendCode(manager: EntityManager, { id: userId, email }: User): Promise<{ readonly code?: string }> {
    if (!this.mailer.isConfigured) return { code: (await this.codes.handOver(manager, 'invitation', userId)).code };
    await this.mailer.write(manager, 'invitation', { userId, recipient: email });
    return {};
  }

  private async compose(message: DueMessage): Promise<Letter<'invitation'> | undefined> {
    const { id: messageId, userId, recipient: address, giveUpAt } = message;
    const user = userId === null ? null : await this.changes.findActive(userId);
    if (!user || address === null || user.email !== address) return undefined;
    const code = await this.database.transaction((manager) =>
      this.codes.issue(manager, { messageId, kind: 'invitation', userId: user.id, address, giveUpAt }),
    );
    return code === undefined ? undefined : { to: address, locale: user.locale, values: { code } };
  }
}
