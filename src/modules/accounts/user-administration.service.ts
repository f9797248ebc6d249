import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import type { StandingChange } from '../users/user-policy.js';
import type { User } from '../users/user.entity.js';
import { UserStandingService } from '../users/user-standing.service.js';

/** What admins change about accounts. */
@Injectable()
export class UserAdministrationService {
  constructor(
    private readonly sessions: ActiveSessionsService,
    private readonly standing: UserStandingService,
  ) {}

  /**
   * Changes the role or status of a user, or declares the address verified, which requires a recent login.
   * @throws DomainError `reauthentication_required`, and what {@link UserStandingService.change} throws
   */
  async change(principal: Principal, userId: string, change: StandingChange): Promise<User> {
    const needsRecentLogin = change.emailVerified === true;
    if (needsRecentLogin && !(await this.sessions.isRecent(principal))) {
      throw new DomainError('reauthentication_required');
    }
    return this.standing.change(principal, userId, change);
  }
}
