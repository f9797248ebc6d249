import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import { EmailCodes, type LiveCode, type PresentedCode, type RedeemedCode } from '../email-codes/email-codes.js';
import { RateLimits } from '../rate-limits/rate-limits.js';

/** Redeems the codes that users type. Attempts are limited per network. */
@Injectable()
export class CodeRedemption {
  constructor(
    private readonly codes: EmailCodes,
    private readonly limits: RateLimits,
  ) {}

  /** Counts an attempt. @throws DomainError `rate_limited` */
  async countAttempt(caller: Caller): Promise<void> {
    await this.limits.count('code', caller.network);
  }

  /** Counts an attempt to undo a change of address. @throws DomainError `rate_limited` */
  async countUndo(caller: Caller): Promise<void> {
    await this.limits.count('undo', caller.network);
  }

  /** The code, which stays usable. @throws DomainError `invalid_code` */
  async find(presented: PresentedCode): Promise<LiveCode> {
    const code = await this.codes.find(presented);
    if (!code) throw new DomainError('invalid_code');
    return code;
  }

  /** Uses the code in the caller's transaction; if that is rolled back, it stays usable. @throws DomainError `invalid_code` */
  async redeem(manager: EntityManager, presented: PresentedCode): Promise<RedeemedCode> {
    const code = await this.codes.redeem(manager, presented);
    if (!code) throw new DomainError('invalid_code');
    return code;
  }

  /** Forgets the wrong passwords that were counted for the user. Call when the new password has been committed. */
  async clearFailures(userId: string): Promise<void> {
    await this.limits.clearFailures(userId);
  }
}
