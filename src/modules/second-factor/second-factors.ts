import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { SecurityEvents } from '../security-events/security-events.js';
import type { User } from '../users/user.entity.js';
import { FactorNotices } from './factor-notices.js';
import { RecoveryCodes } from './recovery-codes.js';
import { isTotpCode, totpStepOf, withoutSpaces } from './totp.js';
import { FREE_WRONG_CODES, TotpGuesses } from './totp-guesses.js';
import { TotpSecrets } from './totp-secrets.js';

/** A second factor that was proved. */
export interface ProvenFactor {
  /** Since when the user has it. */
  readonly since: Date;
}

/**
 * Checks the second factor of users whose password or identity was checked already. Asks nothing of users without an
 * authenticator app, and costs them no statement.
 */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly guesses: TotpGuesses,
    private readonly secrets: TotpSecrets,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly notices: FactorNotices,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * The factor that a code proves; undefined for a user without an authenticator app. Six digits are a code of the app,
   * everything else is a recovery code.
   * @throws DomainError `second_factor_required` when the code is missing, wrong or used; `rate_limited` while too many
   *   codes were wrong, unless it is a recovery code; `overloaded`
   */
  async prove(
    { id, totpEnabledAt }: Pick<User, 'id' | 'totpEnabledAt'>,
    code: string | undefined,
    caller: Caller,
  ): Promise<ProvenFactor | undefined> {
    if (totpEnabledAt === null) return undefined;
    if (code === undefined) {
      await this.guesses.assertUnlocked(id);
      await this.notices.missingCode(id, caller);
      throw new DomainError('second_factor_required');
    }
    const digits = withoutSpaces(code);
    const since = isTotpCode(digits)
      ? (await this.acceptTotp(id, digits)) && totpEnabledAt
      : await this.redeemRecoveryCode(id, code, caller);
    if (since) return { since };
    this.events.record('second_factor.failed', { userId: id });
    throw new DomainError('second_factor_required');
  }

  /** Whether a code of an authenticator app is right, and was not used. */
  private async acceptTotp(userId: string, code: string): Promise<boolean> {
    const guess = await this.guesses.begin(userId);
    if (!guess) return false;
    const secret = this.secrets.openOf(userId, guess.sealedSecret);
    if (!secret) {
      await this.guesses.withdraw(guess);
      return false;
    }
    const step = totpStepOf(code, secret, this.clock.now());
    if (step !== undefined) return this.guesses.accept(guess, step);
    if (guess.count === FREE_WRONG_CODES) await this.notices.wrongCodes(userId);
    return false;
  }

  private async redeemRecoveryCode(userId: string, code: string, caller: Caller): Promise<Date | undefined> {
    const createdAt = await this.recoveryCodes.redeem(userId, code, caller);
    if (createdAt) this.events.record('recovery_code.used', { userId });
    return createdAt;
  }
}
