import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { Database } from '../../database/database.js';
import type { EmailCodeKind } from '../email-codes/email-code-kind.js';
import { EmailCodes, type NewMailedCode } from '../email-codes/email-codes.js';
import { type Letter, Mailer } from '../mail/mailer.js';
import type { DueMessage } from '../outbox/outbox-handler.js';
import { User } from '../users/user.entity.js';

/** The mails of a change of address: to the new one, to the old one, and to one that is taken. */
@Injectable()
export class AddressChangeMails implements OnModuleInit {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly database: Database,
    private readonly codes: EmailCodes,
    private readonly mailer: Mailer,
  ) {}

  onModuleInit(): void {
    const sent = (manager: EntityManager, { id }: DueMessage, at: Date): Promise<void> =>
      this.codes.startLifetime(manager, id, at);
    this.mailer.register('new-address', {
      compose: (message) => this.compose(message, 'new_address', (user) => user.pendingEmail),
      sent,
    });
    this.mailer.register('address-changed', {
      compose: (message) =>
        message.payload['undo'] === false ? this.composeNotice(message) : this.compose(message, 'undo'),
      sent,
    });
    this.mailer.register('address-restored', { compose: (message) => this.compose(message, 'reset'), sent });
    this.mailer.register('address-taken', {
      compose: async ({ recipient }) => {
        const owner = recipient === null ? null : await this.findOwner(recipient);
        if (recipient === null || owner?.status !== 'active') return undefined;
        return { to: recipient, locale: owner.locale, values: {} };
      },
    });
  }

  get isConfigured(): boolean {
    return this.mailer.isConfigured;
  }

  /**
   * Asks the owner of a new address for its code, or notifies the owner of a taken or reserved one. The same statements
   * either way.
   */
  async writeToNew(manager: EntityManager, userId: string, address: string): Promise<void> {
    const isUsed = await manager.existsBy(User, { email: address });
    const reservedFor = await this.codes.reservedFor(manager, address);
    const isTaken = isUsed || (reservedFor !== undefined && reservedFor !== userId);
    await this.mailer.write(manager, isTaken ? 'address-taken' : 'new-address', { userId, recipient: address });
  }

  /** Ends the code of a change that is replaced or cancelled. */
  async withdraw(manager: EntityManager, userId: string): Promise<void> {
    await this.codes.end(manager, userId, ['new_address']);
  }

  /**
   * Notifies the old address of a change that commits with the caller's transaction. Unless the change is trusted, the
   * mail contains a code that undoes it.
   */
  async writeChanged(manager: EntityManager, user: User): Promise<void> {
    if (user.pendingEmailIsTrusted) {
      const about = { userId: user.id, recipient: user.email, payload: { undo: false } };
      if (this.mailer.isConfigured) await this.mailer.write(manager, 'address-changed', about);
      return;
    }
    const code = { kind: 'undo', userId: user.id, address: user.email, requestedAt: user.pendingEmailAt } as const;
    await this.writeWithCode(manager, 'address-changed', code);
  }

  /** Mails a reset code to an address that was restored. */
  async writeRestored(manager: EntityManager, userId: string, address: string): Promise<void> {
    await this.writeWithCode(manager, 'address-restored', { kind: 'reset', userId, address });
  }

  /** The owner of an address, or the user it is reserved for. */
  private async findOwner(address: string): Promise<User | null> {
    const id = await this.codes.reservedFor(this.users.manager, address);
    return this.users.findOneBy(id === undefined ? { email: address } : { id });
  }

  /** The code exists from the moment the transaction commits, not only once its mail is due. */
  private async writeWithCode(
    manager: EntityManager,
    mail: 'address-changed' | 'address-restored',
    code: Pick<NewMailedCode, 'kind' | 'userId' | 'address' | 'requestedAt'>,
  ): Promise<void> {
    if (!this.mailer.isConfigured) return;
    const { id: messageId, giveUpAt } = await this.mailer.write(manager, mail, {
      userId: code.userId,
      recipient: code.address,
    });
    await this.codes.issue(manager, { ...code, messageId, giveUpAt });
  }

  private async composeNotice({ userId, recipient }: DueMessage): Promise<Letter<'address-changed'> | undefined> {
    const user = userId === null ? null : await this.users.findOneBy({ id: userId, status: 'active' });
    return user && recipient !== null ? { to: recipient, locale: user.locale, values: {} } : undefined;
  }

  private async compose(
    { id: messageId, userId, recipient, giveUpAt }: DueMessage,
    kind: EmailCodeKind,
    addressOf: (user: User) => string | null = () => recipient,
  ): Promise<Letter<'new-address'> | undefined> {
    const user = userId === null ? null : await this.users.findOneBy({ id: userId, status: 'active' });
    if (!user || recipient === null || addressOf(user) !== recipient) return undefined;
    const code = await this.database.transaction((manager) =>
      this.codes.issue(manager, { messageId, kind, userId: user.id, address: recipient, giveUpAt }),
    );
    return code === undefined ? undefined : { to: recipient, locale: user.locale, values: { code } };
  }
}
