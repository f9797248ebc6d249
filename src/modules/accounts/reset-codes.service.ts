import { Injectable } from '@nestjs/common';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { EmailCodes, type HandedOverCode } from '../email-codes/email-codes.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockManageable } from '../users/managed-account.js';
import { assertSessionExists } from '../users/own-account.js';

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
   * @throws DomainError `forbidden`, `user_not_found`; `invalid_token` when the session of the admin was revoked meanwhile
   */
  async create(principal: Principal, id: string): Promise<HandedOverCode> {
    const { userId, ...code } = await this.database.transaction(async (manager) => {
      const user = await lockManageable(manager, principal, id);
      await assertSessionExists(manager, principal);
      await this.changes.notify(manager, 'reset-code-created', user.id);
      return { userId: user.id, ...(await this.codes.handOver(manager, 'reset', user.id)) };
    });
    this.changes.record('reset_code.created', { actorId: principal.userId, userId });
    return code;
  }
}
