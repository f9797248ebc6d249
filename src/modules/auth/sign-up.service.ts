import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { Database } from '../../database/database.js';
import { NewPasswords } from '../passwords/new-passwords.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { generateRefreshToken } from '../sessions/refresh-token.js';
import { type OpenedSession, SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { NewUsers } from '../users/new-users.js';
import type { Login } from './login.service.js';

export interface SignUpInput {
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string | null;
  readonly username?: string | null;
  readonly locale?: string | null;
}

/** Creates accounts. */
@Injectable()
export class SignUpService {
  constructor(
    private readonly database: Database,
    private readonly newUsers: NewUsers,
    private readonly sessions: SessionsService,
    private readonly newPasswords: NewPasswords,
    private readonly limits: RateLimits,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Creates an account and logs it in, both or neither.
   * @throws DomainError `sign_up_closed`, `email_taken`, `username_taken`, `invalid_request` (a password that is too
   *   easy to guess), `rate_limited`, `overloaded`
   */
  async signUp(input: SignUpInput, caller: Caller): Promise<Login> {
    const refreshToken = generateRefreshToken();
    return { ...(await this.create(input, caller, refreshToken)), refreshToken };
  }

  /** The same with a session that cannot be refreshed: it ends with its access token. */
  async signUpForOneToken(input: SignUpInput, caller: Caller): Promise<OpenedSession & { readonly user: User }> {
    return this.create(input, caller);
  }

  private async create(input: SignUpInput, caller: Caller, refreshToken?: string) {
    // Field by field, so that no other property of the input becomes a role.
    const { email, password, firstName, lastName, phone, username, locale } = input;
    this.newUsers.assertSignUpIsOpen();
    const chosen = { password, email, field: 'password' };
    this.newPasswords.assertAcceptable(chosen);
    await this.limits.count('sign-up', caller.network);
    const passwordHash = await this.newPasswords.hash(chosen, caller);
    const signedUp = await this.database.transaction(async (manager) => {
      const person = { email, passwordHash, firstName, lastName, phone, username, locale };
      const user = await this.newUsers.signUp(manager, person);
      const opened = { user, proof: { kind: 'sign-up' as const }, ...(refreshToken && { refreshToken }) };
      const session = await this.sessions.open(opened, caller, manager);
      return { user, ...session };
    });
    const { user, sessionId } = signedUp;
    this.events.record('account.created', { userId: user.id, sessionId });
    return signedUp;
  }
}
