import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { EmailCodes, type HandedOverCode } from '../email-codes/email-codes.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockManageable } from '../users/managed-account.js';
import type { User } from '../users/user.entity.js';

/** Creates reset codes for an admin to hand over. */
@Injectable()
export class ResetCodesService {
  constructor(
    private readonly database: Database,
    private readonly codes: EmailCodes,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Creates a reset code and notifies the user by mail. The admin's right to manage the user is checked while the user's
   * row is locked, so a concurrent promotion of the user cannot leave a valid code behind.
   * @throws DomainError `forbidden`, `user_not_found`; `invalid_request` for an inactive user; `invalid_token`
   *   when the session of the admin was revoked meanwhile
   */
  async create(principal: Principal, id: string): Promise<HandedOverCode> {
    const { userId, ...code } = await this.database.transaction(async (manager) => {
      const user = await lockManageable(manager, principal, id);
      assertActive(user);
      await this.changes.notify(manager, 'reset-code-created', user.id);
      return { userId: user.id, ...(await this.codes.handOver(manager, 'reset', user.id)) };
    });
    await this.changes.record('reset_code.created', { actorId: principal.userId, userId });
    return code;
  }
}

/** Every change of status ends a user's codes, so a code created before the activation could never be used. */
function assertActive({ status }: Pick<User, 'status'>): void {
  if (status === 'active') return;
  throw new DomainError('invalid_request', { message: `The account is ${status}; activate it first` });
}
