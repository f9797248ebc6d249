import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { requiresSecondFactor } from '../users/session-limit.js';
import { User } from '../users/user.entity.js';
import { generateTotpSecret, isTotpCode, showTotpSecret, totpStepOf, totpUri, withoutSpaces } from './totp.js';
import { removeTotp } from './factor-removal.js';
import { TotpFactor } from './totp-factor.entity.js';
import { TotpSecrets } from './totp-secrets.js';

/** A new secret, shown once. */
export interface NewTotpSecret {
  /** Base32, for typing. */
  readonly secret: string;
  /** `otpauth://totp/…`, for a QR code. */
  readonly uri: string;
}

/** A set-up whose first code was right. */
export interface ConfirmedTotp {
  readonly sealedSecret: Buffer;
  readonly step: number;
}

/** Sets authenticator apps up and removes them. Methods with a manager run in a transaction that has locked the user. */
@Injectable()
export class TotpEnrolment {
  constructor(
    private readonly database: Database,
    private readonly secrets: TotpSecrets,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * A new secret, which replaces one that was never confirmed. Nothing asks for its codes yet.
   * @throws DomainError `second_factor_exists`
   */
  async begin(manager: EntityManager, user: User): Promise<NewTotpSecret> {
    assertNone(user);
    const secret = generateTotpSecret();
    await manager.upsert(TotpFactor, { userId: user.id, ...this.secrets.sealFor(user.id, secret) }, ['userId']);
    const uri = totpUri(secret, { issuer: this.config.appName, label: user.email });
    return { secret: showTotpSecret(secret), uri };
  }

  /**
   * Compares the first code with the secret that waits for it.
   * @throws DomainError `invalid_code`, also where no set-up was begun; `second_factor_exists`
   */
  async confirm(userId: string, code: string): Promise<ConfirmedTotp> {
    const [row] = await this.database.query<{ readonly sealedSecret: Buffer; readonly totpEnabledAt: Date | null }>(
      `SELECT t.sealed_secret AS "sealedSecret", u.totp_enabled_at AS "totpEnabledAt"
         FROM totp_factors t JOIN users u ON u.id = t.user_id WHERE t.user_id = $1`,
      [userId],
    );
    if (row) assertNone(row);
    const digits = withoutSpaces(code);
    const secret = row && isTotpCode(digits) ? this.secrets.openOf(userId, row.sealedSecret) : undefined;
    const step = secret && totpStepOf(digits, secret, this.clock.now());
    if (!row || step === undefined) throw wrongFirstCode();
    return { sealedSecret: row.sealedSecret, step };
  }

  /**
   * From now on logins ask for codes, of later steps than the first one.
   * @throws DomainError `second_factor_exists`; `invalid_code` where another set-up was begun since the code was compared
   */
  async enable(manager: EntityManager, user: User, { sealedSecret, step }: ConfirmedTotp): Promise<void> {
    assertNone(user);
    const where = { userId: user.id, sealedSecret };
    const { affected } = await manager.update(TotpFactor, where, { lastStep: step, wrongCodes: [], lockedUntil: null });
    if (!affected) throw wrongFirstCode();
    await manager.update(User, { id: user.id }, { totpEnabledAt: this.clock.now() });
  }

  /**
   * Whether there was one to remove. Its recovery codes go with it.
   * @throws DomainError `second_factor_required_by_policy` where it is the last factor of a user who needs one
   */
  async remove(manager: EntityManager, user: User): Promise<boolean> {
    const isEnabled = user.totpEnabledAt !== null;
    if (isEnabled && user.passkeyCount === 0 && requiresSecondFactor(user.role, this.config)) {
      throw new DomainError('second_factor_required_by_policy');
    }
    await removeTotp(manager, user.id);
    return isEnabled;
  }
}

function assertNone({ totpEnabledAt }: Pick<User, 'totpEnabledAt'>): void {
  if (totpEnabledAt !== null) throw new DomainError('second_factor_exists');
}

function wrongFirstCode(): DomainError {
  return new DomainError('invalid_code', { message: 'The code is wrong; enter the one that the app shows now' });
}
