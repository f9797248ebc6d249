import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { endCodesButUndo } from '../email-codes/end-codes.js';
import { NewPasswords } from '../passwords/new-passwords.js';
import { forgetWrongCodes } from '../second-factor/factor-removal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockOwnAccount } from '../users/own-account.js';
import { UsersService } from '../users/users.service.js';
import { OwnPassword, wrongPassword } from './own-password.js';

/** Changes a user's own password. */
@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly database: Database,
    private readonly ownPassword: OwnPassword,
    private readonly users: UsersService,
    private readonly sessions: ActiveSessionsService,
    private readonly newPasswords: NewPasswords,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Replaces the password, revokes all other sessions of the user, and ends every code that was mailed but those that undo
   * a change of address, all or nothing. Wrong guesses of the current password count like those of a login.
   * @throws DomainError `invalid_credentials` (the current password is wrong), `invalid_request` (the new one is too easy
   *   to guess), `invalid_token` when the session was revoked meanwhile, `rate_limited`, `overloaded`
   */
  async change(principal: Principal, currentPassword: string, newPassword: string, caller: Caller): Promise<void> {
    const { email, passwordHash } = await this.ownPassword.verify(principal, currentPassword, caller);
    const newHash = await this.newPasswords.hash({ password: newPassword, email, field: 'newPassword' }, caller);
    await this.database.transaction(async (manager) => {
      await lockOwnAccount(manager, principal);
      // Of two concurrent changes, the second one's current password is no longer the current one.
      if (!(await this.users.replacePasswordHash(principal.userId, passwordHash, newHash, manager))) {
        throw wrongPassword();
      }
      await forgetWrongCodes(manager, principal.userId);
      await endCodesButUndo(manager, principal.userId);
      await this.sessions.revokeOthersIn(manager, principal);
      await this.changes.notify(manager, 'password-changed', principal.userId);
    });
    await this.changes.record('password.changed', { actorId: principal.userId, userId: principal.userId });
  }
}
