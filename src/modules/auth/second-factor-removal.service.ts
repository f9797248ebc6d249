import { Injectable } from '@nestjs/common';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { removeFactors } from '../second-factor/factor-removal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockManageable } from '../users/managed-account.js';

/** Removes the second factors of users who have lost them. */
@Injectable()
export class SecondFactorRemovalService {
  constructor(
    private readonly database: Database,
    private readonly sessions: ActiveSessionsService,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Removes every factor of a user, also where the role requires one, revokes all sessions, and notifies the user.
   * @throws DomainError `forbidden`, `user_not_found`; `invalid_token` when the session of the admin was revoked meanwhile
   */
  async removeAll(principal: Principal, id: string): Promise<void> {
    const userId = await this.database.transaction(async (manager) => {
      const user = await lockManageable(manager, principal, id);
      await removeFactors(manager, user.id);
      await this.sessions.revokeAllIn(manager, user.id);
      await this.changes.notify(manager, 'second-factors-removed', user.id);
      return user.id;
    });
    await this.changes.record('second_factor.removed', { actorId: principal.userId, userId, factor: 'all' });
  }
}
