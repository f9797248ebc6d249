import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import type { GuessOutcome } from '../rate-limits/guess.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { generateRecoveryCode, parseRecoveryCode, showRecoveryCode } from './recovery-code.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { TotpFactor } from './totp-factor.entity.js';

export const RECOVERY_CODES = 10;
const SALT_BYTES = 16;

/** New codes, and what is stored of them. */
export interface NewRecoveryCodes {
  /** Formatted for display. They cannot be read again. */
  readonly codes: readonly string[];
  readonly salt: Buffer;
  readonly digests: readonly Buffer[];
}

/** Codes that take the place of an authenticator app, each once. */
@Injectable()
export class RecoveryCodes {
  constructor(
    @InjectRepository(RecoveryCode) private readonly codes: Repository<RecoveryCode>,
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError `overloaded` */
  async generate(caller: Caller): Promise<NewRecoveryCodes> {
    const salt = randomBytes(SALT_BYTES);
    const codes = Array.from({ length: RECOVERY_CODES }, generateRecoveryCode);
    const digests: Buffer[] = [];
    for (const code of codes) digests.push(await this.hasher.digest(code, salt, caller));
    return { codes: codes.map(showRecoveryCode), salt, digests };
  }

  /** Replaces a user's codes, in a transaction that has locked the user. */
  async replace(manager: EntityManager, userId: string, { salt, digests }: NewRecoveryCodes): Promise<void> {
    const createdAt = this.clock.now();
    await manager.update(TotpFactor, { userId }, { recoverySalt: salt });
    await manager.delete(RecoveryCode, { userId });
    await manager.insert(
      RecoveryCode,
      digests.map((digest) => ({ userId, digest, createdAt })),
    );
  }

  async countOf(userId: string): Promise<number> {
    return this.codes.countBy({ userId });
  }

  /**
   * Uses a code, and returns when it was made; undefined for a wrong or used one, which counts like a wrong password. Of
   * concurrent calls one succeeds.
   * @throws DomainError `rate_limited`, `overloaded`
   */
  async redeem(userId: string, typed: string, caller: Caller): Promise<Date | undefined> {
    const guess = await this.limits.begin({ userId }, caller);
    let outcome: GuessOutcome = 'unmade';
    try {
      const createdAt = await this.consume(userId, typed, caller);
      outcome = createdAt ? 'right' : 'wrong';
      return createdAt;
    } finally {
      await guess.settle(outcome);
    }
  }

  private async consume(userId: string, typed: string, caller: Caller): Promise<Date | undefined> {
    const code = parseRecoveryCode(typed);
    const factor = await this.database.query<{ readonly salt: Buffer | null }>(
      'SELECT recovery_salt AS salt FROM totp_factors WHERE user_id = $1',
      [userId],
    );
    const salt = factor[0]?.salt;
    if (code === undefined || !salt) return undefined;
    const digest = await this.hasher.digest(code, salt, caller);
    const [used] = await this.database.query<{ readonly createdAt: Date }>(
      'DELETE FROM recovery_codes WHERE user_id = $1 AND digest = $2 RETURNING created_at AS "createdAt"',
      [userId, digest],
    );
    return used?.createdAt;
  }
}
