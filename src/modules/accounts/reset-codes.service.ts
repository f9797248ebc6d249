import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { EmailCodes, type HandedOverCode } from '../email-codes/email-codes.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockManageable } from '../users/managed-account.js';
import { assertSessionExists } from '../users/own-account.js';
import type { User } from '../users/user.entity.js';

/** Makes the reset codes that an admin hands over. */
@Injectable()
export class ResetCodesService {
  constructor(
    private readonly database: Database,
    private readonly codes: EmailCodes,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Makes a code and notifies the user. Whether the admin may manage the user is decided while the user's row is locked,
   * so no code survives a promotion that commits meanwhile.
   * @throws DomainError `forbidden`, `user_not_found`; `invalid_request` for a user who is not active; `invalid_token`
   *   when the session of the admin was revoked meanwhile
   */
  async create(principal: Principal, id: string): Promise<HandedOverCode> {
    const { userId, ...code } = await this.database.transaction(async (manager) => {
      const user = await lockManageable(manager, principal, id);
      await assertSessionExists(manager, principal);
      assertActive(user);
      await this.changes.notify(manager, 'reset-code-created', user.id);
      return { userId: user.id, ...(await this.codes.handOver(manager, 'reset', user.id)) };
    });
    this.changes.record('reset_code.created', { actorId: principal.userId, userId });
    return code;
  }
}

/** A code of a user who is not active could never be used: to activate the user ends it, like every change of status. */
function assertActive({ status }: Pick<User, 'status'>): void {
  if (status === 'active') return;
  throw new DomainError('invalid_request', { message: `The account is ${status}; activate it first` });
}
