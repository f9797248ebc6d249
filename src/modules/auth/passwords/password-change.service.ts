import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { DomainError, invalidField } from '../../../common/domain-error.js';
import { passwordFault } from '../../../common/password-policy.js';
import type { Principal } from '../../../common/principal.js';
import { inTransaction } from '../../../database/transaction.js';
import { Revocations } from '../../revocations/revocations.service.js';
import { SecurityEvents } from '../../security-events/security-events.service.js';
import { UsersService } from '../../users/users.service.js';
import { RateLimits } from '../rate-limits.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PasswordHasher } from './password-hasher.js';

/** Changing one's own password. */
@Injectable()
export class PasswordChange {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly hasher: PasswordHasher,
    private readonly limits: RateLimits,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Puts a new password in the place of the current one and ends all other sessions of the person, both or neither.
   * Wrong guesses of the current one count like those of a login.
   * @throws DomainError `invalid_credentials` (the current one is wrong), `invalid_request` (the new one is too easy to
   *   guess), `rate_limited`, `overloaded`
   */
  async change(principal: Principal, currentPassword: string, newPassword: string): Promise<void> {
    const { email, passwordHash } = await this.users.getWithPasswordHash(principal.userId);
    const isRight = await this.limits.guess({ userId: principal.userId }, async () =>
      (await this.hasher.verify(passwordHash, currentPassword)) ? true : undefined,
    );
    if (!isRight) throw wrongPassword();
    const fault = passwordFault(newPassword, email);
    if (fault !== undefined) throw invalidField('newPassword', fault.replace(/^password/, 'newPassword'));
    const newHash = await this.hasher.hash(newPassword);
    await inTransaction(this.dataSource, async (manager) => {
      // Two who change it at once: the second one's current password is not current any more.
      if (!(await this.users.replacePasswordHash(manager, principal.userId, passwordHash, newHash)))
        throw wrongPassword();
      await this.sessions.endOthersOf(manager, principal);
    });
    await this.revocations.catchUp();
    this.events.record('password.changed', { actorId: principal.userId, userId: principal.userId });
  }
}

function wrongPassword(): DomainError {
  return new DomainError('invalid_credentials', 'The current password is wrong');
}
