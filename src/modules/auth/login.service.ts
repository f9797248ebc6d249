import { Injectable } from '@nestjs/common';
import { AppPassport } from '../../common/app-passport.js';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { VerifiedApiKey } from '../api-keys/api-key-verifier.js';
import { SecurityEvents } from '../security-events/security-events.js';
import type { LoginProof } from '../sessions/new-session.js';
import { generateRefreshToken } from '../sessions/refresh-token.js';
import { type OpenedSession, SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import type { LocalInput } from './strategies/local.strategy.js';

/** A logged-in user with the tokens of the new session. */
export interface Login extends OpenedSession {
  readonly user: User;
  readonly refreshToken: string;
}

/** Logs users in by password. `name` is an e-mail address or a username. */
@Injectable()
export class LoginService {
  constructor(
    private readonly passport: AppPassport,
    private readonly sessions: SessionsService,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Opens a session that can be refreshed. `code` is a TOTP or recovery code, for users who need one.
   * @throws DomainError `invalid_credentials`, the same for every cause (with `REVEAL_UNKNOWN_USERNAME` an unknown name
   *   is given as the reason); `second_factor_required` when the password is right and the code is not; `rate_limited`,
   *   `overloaded`
   */
  async logIn(name: string, password: string, caller: Caller, code?: string): Promise<Login> {
    const user = await this.checkPassword({ body: { username: name, password }, caller });
    const refreshToken = generateRefreshToken();
    const session = await this.sessions.open({ user, proof: passwordOf(user), code, refreshToken }, caller);
    this.events.record('login.succeeded', { userId: user.id, sessionId: session.sessionId });
    return { user, ...session, refreshToken };
  }

  /**
   * Opens a session that is bound to an API key of the same user: its access token is valid only together with the key,
   * and the session ends when the key does.
   * @throws DomainError `invalid_api_key` when the key has been deleted or has expired, and what {@link logIn} throws
   */
  async logInWithKey(apiKey: VerifiedApiKey, name: string, password: string, caller: Caller): Promise<OpenedSession> {
    const user = await this.checkPassword({ body: { username: name, password }, caller, ownerId: apiKey.userId });
    const session = await this.sessions.open({ user, proof: passwordOf(user), apiKey }, caller);
    this.events.record('login.succeeded', { userId: user.id, sessionId: session.sessionId, keyId: apiKey.keyId });
    return session;
  }

  private async checkPassword(input: LocalInput): Promise<User> {
    const user = await this.passport.authenticate<User>('local', input);
    if (!user) throw new DomainError('invalid_credentials');
    return user;
  }
}

function passwordOf({ passwordHash }: User): LoginProof {
  return { kind: 'password', passwordHash };
}
