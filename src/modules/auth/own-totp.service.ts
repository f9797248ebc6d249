import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { RecoveryCodes } from '../second-factor/recovery-codes.js';
import { type NewTotpSecret, TotpEnrolment } from '../second-factor/totp-enrolment.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { AccountChanges } from '../users/account-changes.js';
import { assertMayAddFactor, lockOwnAccount } from '../users/own-account.js';
import type { User } from '../users/user.entity.js';

/** An authenticator app that was set up. */
export interface EnabledTotp {
  /** Shown once. */
  readonly recoveryCodes: readonly string[];
  /** The number of the user's API keys, which go on working without a code. */
  readonly apiKeyCount: number;
}

/** The authenticator app of the logged-in user. */
@Injectable()
export class OwnTotpService {
  constructor(
    private readonly database: Database,
    private readonly enrolment: TotpEnrolment,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly sessions: ActiveSessionsService,
    private readonly changes: AccountChanges,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Begins a set-up. Nothing changes until {@link enable} gets the first code.
   * @throws DomainError `second_factor_exists`; what {@link assertMayAddFactor} throws
   */
  async begin(principal: Principal): Promise<NewTotpSecret> {
    return this.database.transaction(async (manager) => {
      const user = await lockOwnAccount(manager, principal);
      await assertMayAddFactor(manager, user, principal, this.config);
      return this.enrolment.begin(manager, user);
    });
  }

  /**
   * Turns the authenticator app on, and revokes all other sessions of the user. The session of the caller counts as opened
   * with a second factor from its next refresh on.
   * @throws DomainError `invalid_code`, `second_factor_exists`, `overloaded`; what {@link assertMayAddFactor} throws
   */
  async enable(principal: Principal, code: string, caller: Caller): Promise<EnabledTotp> {
    const { userId } = principal;
    const confirmed = await this.enrolment.confirm(userId, code);
    const recovery = await this.recoveryCodes.generate(caller);
    const apiKeyCount = await this.database.transaction(async (manager) => {
      const user = await lockOwnAccount(manager, principal);
      await assertMayAddFactor(manager, user, principal, this.config);
      await this.enrolment.enable(manager, user, confirmed);
      await this.recoveryCodes.replace(manager, userId, recovery);
      await this.sessions.revokeOthersIn(manager, principal);
      await this.sessions.markSecondFactorIn(manager, principal);
      await this.changes.notify(manager, 'totp-added', userId);
      return manager.countBy(ApiKey, { userId });
    });
    await this.changes.record('second_factor.enabled', { actorId: userId, userId, factor: 'totp' });
    return { recoveryCodes: recovery.codes, apiKeyCount };
  }

  /**
   * Removes the authenticator app and the recovery codes, and also a set-up that was begun and never confirmed.
   * @throws DomainError `second_factor_required_by_policy`
   */
  async remove(principal: Principal): Promise<void> {
    const { userId } = principal;
    const isRemoved = await this.database.transaction((manager) => this.removeIn(manager, principal));
    if (isRemoved) await this.changes.record('second_factor.removed', { actorId: userId, userId, factor: 'totp' });
  }

  /**
   * New recovery codes, shown once. The old ones are invalid from now on.
   * @throws DomainError `invalid_request` without an authenticator app, `overloaded`
   */
  async replaceRecoveryCodes(principal: Principal, caller: Caller): Promise<readonly string[]> {
    const { userId } = principal;
    assertHasTotp(await this.changes.findActive(userId));
    const recovery = await this.recoveryCodes.generate(caller);
    await this.database.transaction(async (manager) => {
      assertHasTotp(await lockOwnAccount(manager, principal));
      await this.recoveryCodes.replace(manager, userId, recovery);
      await this.changes.notify(manager, 'recovery-codes-replaced', userId);
    });
    await this.changes.record('second_factor.enabled', { actorId: userId, userId, factor: 'recovery_codes' });
    return recovery.codes;
  }

  private async removeIn(manager: EntityManager, principal: Principal): Promise<boolean> {
    const user = await lockOwnAccount(manager, principal);
    const isRemoved = await this.enrolment.remove(manager, user);
    if (isRemoved) await this.changes.notify(manager, 'totp-removed', user.id);
    return isRemoved;
  }
}

function assertHasTotp(user: User | null): void {
  if (user?.totpEnabledAt) return;
  throw new DomainError('invalid_request', { message: 'Set up an authenticator app first' });
}
