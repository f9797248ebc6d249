import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Mailer } from '../mail/mailer.js';
import { Revocations } from '../revocations/revocations.js';
import type { SecurityEventDetails, SecurityEventName } from '../security-events/security-event.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { User } from './user.entity.js';

/** Notices of changes to an account. They carry no code. */
const NOTICES = [
  'password-changed',
  'reset-code-created',
  'address-change-requested',
  'api-key-added',
  'api-key-rotated',
  'api-key-removed',
  'totp-added',
  'totp-removed',
  'recovery-codes-replaced',
  'passkey-added',
  'passkey-removed',
  'second-factors-removed',
  'wrong-codes',
  'password-without-code',
] as const;
export type Notice = (typeof NOTICES)[number];

/** Records changes to accounts in the audit trail, and notifies their users by mail. */
@Injectable()
export class AccountChanges implements OnModuleInit {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly mailer: Mailer,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  onModuleInit(): void {
    for (const notice of NOTICES) {
      this.mailer.register(notice, {
        compose: async ({ userId, recipient }) => {
          const user = userId === null ? null : await this.findActive(userId);
          return user && recipient !== null ? { to: recipient, locale: user.locale, values: {} } : undefined;
        },
      });
    }
  }

  /**
   * To be awaited when a change has committed, before the response: this instance then applies what the change revoked
   * from the next request on.
   */
  async record(event: SecurityEventName, details: SecurityEventDetails): Promise<void> {
    await this.revocations.catchUp();
    this.events.record(event, details);
  }

  /**
   * Writes a notice in the transaction that makes the change, to the address that the user has at that moment. Does
   * nothing where mail is not configured, or the address is not verified.
   */
  async notify(manager: EntityManager, notice: Notice, userId: string): Promise<void> {
    if (!this.mailer.isConfigured) return;
    const user = await manager.findOneBy(User, { id: userId, status: 'active' });
    if (!user || user.emailVerifiedAt === null) return;
    await this.mailer.write(manager, notice, { userId, recipient: user.email });
  }

  async findActive(userId: string): Promise<User | null> {
    return this.users.findOneBy({ id: userId, status: 'active' });
  }
}
