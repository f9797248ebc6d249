import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { Database } from '../../database/database.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import type { EmailCodeKind } from '../email-codes/email-code-kind.js';
import type { PresentedCode, RedeemedCode } from '../email-codes/email-codes.js';
import { endCodesButUndo } from '../email-codes/end-codes.js';
import { KnownNetwork } from '../known-networks/known-network.entity.js';
import { NewPasswords } from '../passwords/new-passwords.js';
import { forgetWrongCodes, removeFactors } from '../second-factor/factor-removal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { User } from '../users/user.entity.js';
import { AccountChanges } from '../users/account-changes.js';
import { CodeRedemption } from './code-redemption.js';

export interface PasswordReset {
  readonly code: string;
  readonly newPassword: string;
  /** Keeps the API keys where the address of the account was never verified; otherwise they are kept anyway. */
  readonly keepApiKeys: boolean;
}

const KINDS: readonly EmailCodeKind[] = ['reset', 'invitation'];

/** Sets a password by a code that was mailed or handed over: a reset, or the acceptance of an invitation. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly database: Database,
    private readonly redemption: CodeRedemption,
    private readonly newPasswords: NewPasswords,
    private readonly sessions: ActiveSessionsService,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Sets the password, revokes all sessions of the user, and opens none. A code that was mailed verifies the address.
   * If the address was never verified before, its owner takes the account over: pending changes, second factors, known
   * networks and, unless they are kept, API keys are deleted. A code that was handed over proves no mailbox: it does
   * neither.
   * @throws DomainError `invalid_code`, the same for every cause; `invalid_request` when the password is too easy to
   *   guess, which leaves the code usable; `rate_limited`, `overloaded`
   */
  async reset({ code, newPassword, keepApiKeys }: PasswordReset, caller: Caller): Promise<void> {
    await this.redemption.countAttempt(caller);
    const presented: PresentedCode = { code, kinds: KINDS };
    const { userId } = await this.redemption.find(presented);
    const owner = await this.changes.findActive(userId);
    if (!owner) throw new DomainError('invalid_code');
    const chosen = { password: newPassword, email: owner.email, field: 'newPassword' };
    const passwordHash = await this.newPasswords.hash(chosen, caller);
    await this.database.transaction(async (manager) => {
      const user = await manager.findOne(User, {
        where: { id: userId, status: 'active' },
        lock: { mode: 'pessimistic_write' },
      });
      if (!user) throw new DomainError('invalid_code');
      const redeemed = await this.redemption.redeem(manager, presented);
      await this.apply(manager, user, redeemed, { passwordHash, keepApiKeys });
    });
    await this.changes.record('password.reset', { userId });
    await this.redemption.clearFailures(userId);
  }

  private async apply(
    manager: EntityManager,
    { id: userId, email, emailVerifiedAt }: User,
    { address }: RedeemedCode,
    { passwordHash, keepApiKeys }: { readonly passwordHash: string; readonly keepApiKeys: boolean },
  ): Promise<void> {
    const provesMailbox = address !== null;
    if (provesMailbox && address !== email) throw new DomainError('invalid_code');
    const isTakeover = provesMailbox && emailVerifiedAt === null;
    const now = this.clock.now();
    await manager.update(
      User,
      { id: userId },
      {
        passwordHash,
        updatedAt: now,
        ...(isTakeover && { emailVerifiedAt: now, pendingEmail: null, pendingEmailAt: null }),
      },
    );
    await endCodesButUndo(manager, userId);
    await this.sessions.revokeAllIn(manager, userId);
    if (isTakeover && !keepApiKeys) await manager.delete(ApiKey, { userId });
    if (isTakeover) {
      await removeFactors(manager, userId);
      await manager.delete(KnownNetwork, { userId });
    } else {
      await forgetWrongCodes(manager, userId);
    }
    await this.changes.notify(manager, 'password-changed', userId);
  }
}
