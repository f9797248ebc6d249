import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { LAST_SUPER_ADMIN, sqlState } from '../../database/sql-state.js';
import { AccountChanges } from './account-changes.js';
import { lockManageable } from './managed-account.js';
import { lockOwnAccount } from './own-account.js';
import { mayRequest, type StandingChange } from './user-policy.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/**
 * Role, status, verification by an admin, and deletion of accounts. Only a SUPER_ADMIN manages admins or grants roles,
 * and the last active SUPER_ADMIN stays.
 */
@Injectable()
export class UserStandingService {
  constructor(
    private readonly users: UsersService,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Changes the role or status of a user, or declares the address verified. A new role, or a status other than active,
   * ends all their sessions in the same transaction (enforced by a trigger).
   * @throws DomainError `forbidden` (before anything is looked up where the role does not suffice), `user_not_found`,
   *   `last_super_admin`; `invalid_token` when the session of the principal was revoked meanwhile
   */
  async change(principal: Principal, userId: string, change: StandingChange): Promise<User> {
    if (!mayRequest(principal, change)) throw new DomainError('forbidden');
    const before = await this.keepingLastSuperAdmin(async (manager) => {
      const target = await lockManageable(manager, principal, userId);
      const { role = target.role, status = target.status } = change;
      const now = this.clock.now();
      const emailVerifiedAt = target.emailVerifiedAt ?? (change.emailVerified ? now : null);
      const changed = role !== target.role || status !== target.status || emailVerifiedAt !== target.emailVerifiedAt;
      if (changed) await manager.update(User, { id: target.id }, { role, status, emailVerifiedAt, updatedAt: now });
      return target;
    });
    const who = { actorId: principal.userId, userId: before.id };
    if (change.role && change.role !== before.role) {
      await this.changes.record('user.role_changed', { ...who, from: before.role, to: change.role });
    }
    if (change.status && change.status !== before.status) {
      await this.changes.record('user.status_changed', { ...who, from: before.status, to: change.status });
    }
    if (change.emailVerified && before.emailVerifiedAt === null) await this.changes.record('email.verified', who);
    return this.users.get(principal, userId);
  }

  /**
   * Deletes an account with its sessions, API keys, artists and songs.
   * @throws DomainError `forbidden`, `user_not_found`, `last_super_admin`; `invalid_token` when the session of the
   *   principal was revoked meanwhile
   */
  async delete(principal: Principal, userId: string): Promise<void> {
    if (!mayRequest(principal, {})) throw new DomainError('forbidden');
    await this.deleteLocked(principal, (manager) => lockManageable(manager, principal, userId));
  }

  /** Deletes the principal's own account, like {@link delete}. @throws DomainError `invalid_token`, `last_super_admin` */
  async deleteOwn(principal: Principal): Promise<void> {
    await this.deleteLocked(principal, (manager) => lockOwnAccount(manager, principal));
  }

  private async deleteLocked(principal: Principal, lock: (manager: EntityManager) => Promise<User>): Promise<void> {
    const { id } = await this.keepingLastSuperAdmin(async (manager) => {
      const target = await lock(manager);
      await manager.delete(User, { id: target.id });
      return target;
    });
    await this.changes.record('user.deleted', { actorId: principal.userId, userId: id });
  }

  /** Runs `work` in a transaction. @throws DomainError `last_super_admin` where the database refuses it for that */
  private async keepingLastSuperAdmin<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await this.database.transaction(work);
    } catch (error) {
      throw sqlState(error) === LAST_SUPER_ADMIN ? new DomainError('last_super_admin') : error;
    }
  }
}
