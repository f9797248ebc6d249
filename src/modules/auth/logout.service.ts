import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { Authenticator, type Credentials } from './authenticator.js';

/** Logs users out. */
@Injectable()
export class LogoutService {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly sessions: ActiveSessionsService,
  ) {}

  /**
   * Revokes the session of the access token, that of the refresh token, or both. Counts no use of the session, so that an
   * attacker who uses up its rate limit keeps no one from ending it. With a refresh token, an access token
   * that is no longer valid is ignored; an unknown refresh token is logged out already.
   * @throws DomainError `authentication_required`, `invalid_token`; `session_required` for an API key, which has no session
   */
  async logOut(credentials: Credentials, caller: Caller, refreshToken?: string): Promise<void> {
    const principal = await this.authenticate(credentials, refreshToken !== undefined, caller);
    if (principal?.kind === 'api-key') throw new DomainError('session_required');
    if (principal?.sessionId !== undefined) await this.sessions.revoke(principal.sessionId);
    if (refreshToken !== undefined) await this.sessions.revokeByRefreshToken(refreshToken);
  }

  private async authenticate(
    credentials: Credentials,
    hasRefreshToken: boolean,
    caller: Caller,
  ): Promise<Principal | undefined> {
    try {
      const principal = await this.authenticator.authenticate(credentials, caller);
      if (principal || hasRefreshToken) return principal;
    } catch (error) {
      if (hasRefreshToken && error instanceof DomainError && error.code === 'invalid_token') return undefined;
      throw error;
    }
    throw new DomainError('authentication_required');
  }
}
