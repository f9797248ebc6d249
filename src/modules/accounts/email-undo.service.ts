import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { addSeconds, Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { Database } from '../../database/database.js';
import type { PresentedCode, RedeemedCode } from '../email-codes/email-codes.js';
import { endCodesButUndo } from '../email-codes/end-codes.js';
import { KnownNetwork } from '../known-networks/known-network.entity.js';
import { removeFactorsSince } from '../second-factor/factor-removal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { User } from '../users/user.entity.js';
import { AccountChanges } from '../users/account-changes.js';
import { AddressChangeMails } from './address-change-mails.js';
import { CodeRedemption } from './code-redemption.js';
import { TRUSTED_AFTER_SECONDS } from '../second-factor/trusted-factors.js';

/** Undoes changes of address by the code that was mailed to the old one. */
@Injectable()
export class EmailUndoService {
  constructor(
    private readonly database: Database,
    private readonly redemption: CodeRedemption,
    private readonly mails: AddressChangeMails,
    private readonly sessions: ActiveSessionsService,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Restores the old address as verified, revokes all sessions, ends every code of the account but older undo codes,
   * deletes the known networks, and the API keys that were added or rotated, and the second factors that were added, later
   * than seven days before the change was requested, and mails a reset code to the restored address.
   *
   * The account has no password until a reset sets one. An attacker who changed the address had a session, and may know
   * the password or have set it: with it they would be back before the owner has set a new one.
   * @throws DomainError `invalid_code`, the same for every cause; `rate_limited`
   */
  async undo(code: string, caller: Caller): Promise<void> {
    await this.redemption.countUndo(caller);
    const presented: PresentedCode = { code, kinds: ['undo'] };
    const { userId } = await this.redemption.find(presented);
    await this.database.transaction(async (manager) => {
      const where = { id: userId, status: 'active' as const };
      const user = await manager.findOne(User, { where, lock: { mode: 'pessimistic_write' } });
      if (!user) throw new DomainError('invalid_code');
      await this.restore(manager, user, await this.redemption.redeem(manager, presented));
    });
    await this.changes.record('email.undone', { userId });
  }

  private async restore(
    manager: EntityManager,
    user: User,
    { userId, address, requestedAt, createdAt }: RedeemedCode,
  ): Promise<void> {
    if (address === null) throw new DomainError('invalid_code');
    const now = this.clock.now();
    await manager.update(
      User,
      { id: userId },
      {
        ...{ email: address, emailVerifiedAt: now, pendingEmail: null, pendingEmailAt: null },
        ...{ passwordHash: null, updatedAt: now },
      },
    );
    await endCodesButUndo(manager, userId);
    await this.sessions.revokeAllIn(manager, userId);
    const trustedUntil = addSeconds(requestedAt ?? createdAt, -TRUSTED_AFTER_SECONDS);
    await manager.query('DELETE FROM api_keys WHERE user_id = $1 AND greatest(created_at, rotated_at) > $2', [
      userId,
      trustedUntil,
    ]);
    await removeFactorsSince(manager, user, trustedUntil);
    // Not only those of the attacker, which cannot be told apart. The owner's is known again after the next login.
    await manager.delete(KnownNetwork, { userId });
    await this.mails.writeRestored(manager, userId, address);
  }
}
