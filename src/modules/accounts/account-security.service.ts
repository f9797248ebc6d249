import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { Principal } from '../../common/principal.js';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { RecoveryCodes } from '../second-factor/recovery-codes.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { UsersService } from '../users/users.service.js';

/** What protects an account, as its user sees it. */
export interface AccountSecurity {
  readonly isEmailVerified: boolean;
  /** The address that a change waits for; null: none. */
  readonly pendingEmail: string | null;
  readonly hasPassword: boolean;
  /** Whether logins by password ask for the code of an authenticator app. */
  readonly hasTotp: boolean;
  readonly recoveryCodeCount: number;
  readonly passkeyCount: number;
  readonly apiKeyCount: number;
  /** Until when the session counts as recent; undefined when it does not. */
  readonly recentUntil: Date | undefined;
}

/** Shows users what protects their account. */
@Injectable()
export class AccountSecurityService {
  constructor(
    private readonly users: UsersService,
    @InjectRepository(ApiKey) private readonly apiKeys: Repository<ApiKey>,
    private readonly recoveryCodes: RecoveryCodes,
    private readonly sessions: ActiveSessionsService,
  ) {}

  async describe({ userId, sessionId }: Principal): Promise<AccountSecurity> {
    const user = await this.users.getWithPasswordHash(userId);
    return {
      isEmailVerified: user.emailVerifiedAt !== null,
      pendingEmail: user.pendingEmail,
      hasPassword: user.passwordHash !== null,
      hasTotp: user.totpEnabledAt !== null,
      recoveryCodeCount: await this.recoveryCodes.countOf(userId),
      passkeyCount: user.passkeyCount,
      apiKeyCount: await this.apiKeys.countBy({ userId }),
      recentUntil: await this.sessions.recentUntil(sessionId),
    };
  }
}
