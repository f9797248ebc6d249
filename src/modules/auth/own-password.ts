import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import type { GuessOutcome } from '../rate-limits/guess.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** A user whose password was checked. */
export type UserWithPassword = User & { readonly passwordHash: string };

/** Checks the password of a logged-in user. A wrong one counts as a failed login. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly limits: RateLimits,
  ) {}

  /** @throws DomainError `invalid_credentials` (the password is wrong), `rate_limited`, `overloaded` */
  async verify({ userId }: Principal, password: string, caller: Caller): Promise<UserWithPassword> {
    const user = await this.users.getWithPasswordHash(userId);
    const { passwordHash } = user;
    const guess = await this.limits.begin({ userId }, caller);
    let outcome: GuessOutcome = 'unmade';
    try {
      outcome = (await this.hasher.verify(passwordHash ?? undefined, password, caller)) ? 'right' : 'wrong';
    } finally {
      await guess.settle(outcome);
    }
    if (outcome === 'wrong' || passwordHash === null) throw wrongPassword();
    return { ...user, passwordHash };
  }
}

export function wrongPassword(): DomainError {
  return new DomainError('invalid_credentials', { message: 'The current password is wrong' });
}
