import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import { passwordFault } from '../../common/password-policy.js';
import type { Principal } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/env.js';
import { inTransaction } from '../../database/transaction.js';
import { Revocations } from '../revocations/revocations.service.js';
import type { VerifiedApiKey } from '../api-keys/api-key-verifier.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { Authenticator, type Credentials } from './authenticator.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { RateLimits } from './rate-limits.service.js';
import { RefreshRotation } from './sessions/refresh-rotation.service.js';
import { SessionUseRecorder } from './sessions/session-use.recorder.js';
import { type NewSession, type OpenedSession, SessionsService } from './sessions/sessions.service.js';
import { decide } from './strategies/decide.js';
import { type LocalRequest, LocalStrategy } from './strategies/local.strategy.js';
import { AccessTokens, type IssuedAccessToken } from './tokens/access-tokens.service.js';

export interface SignUpInput {
  readonly email: string;
  readonly password: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string | null;
  readonly username?: string | null;
}

/** A login that was let in. */
export interface Login extends IssuedAccessToken {
  readonly user: User;
  readonly refreshToken: string;
}

/** A login that goes on. */
export interface Refreshed extends IssuedAccessToken {
  /** The token to refresh with next time; absent where it stays the same. */
  readonly refreshToken?: string;
}

/** Signing up, logging in, staying logged in and logging out, the same behind every contract. */
@Injectable()
export class AuthService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Config,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly sessionUses: SessionUseRecorder,
    private readonly rotation: RefreshRotation,
    private readonly clock: Clock,
    private readonly accessTokens: AccessTokens,
    private readonly authenticator: Authenticator,
    private readonly local: LocalStrategy,
    private readonly hasher: PasswordHasher,
    private readonly limits: RateLimits,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Makes an account and logs it in, both or neither.
   * @throws DomainError `email_taken`, `username_taken`, `invalid_request` (a password too easy to guess),
   *   `rate_limited`, `overloaded`
   */
  async signUp(input: SignUpInput): Promise<Login> {
    const { user, session } = await this.createAccount(input, this.config.refreshTokenTtlSeconds, true);
    return { user, ...this.issueFor(user, session), refreshToken: session.refreshToken ?? '' };
  }

  /**
   * Makes an account and a session that ends with its one access token, for a contract whose registration hands out no
   * refresh token. Throws what {@link signUp} throws.
   */
  async signUpWithoutRefresh(input: SignUpInput): Promise<IssuedAccessToken & { readonly user: User }> {
    const { user, session } = await this.createAccount(input, this.config.accessTokenTtlSeconds, false);
    return { user, ...this.issueFor(user, session) };
  }

  /**
   * Opens a session for whoever knows the password. `name` is an e-mail address or a username.
   * @throws DomainError `invalid_credentials`, one answer for every cause; `unknown_username`, with
   *   `REVEAL_UNKNOWN_USERNAME` only; `rate_limited`, `overloaded`
   */
  async logIn(name: string, password: string): Promise<Login> {
    const user = await this.verifyPassword(name, password);
    const ttlSeconds = this.config.refreshTokenTtlSeconds;
    const session = await this.openSession({ userId: user.id, ttlSeconds, refreshable: true });
    this.events.record('login.succeeded', { userId: user.id, sessionId: session.id });
    return { user, ...this.issueFor(user, session), refreshToken: session.refreshToken ?? '' };
  }

  /**
   * A login for the data feed: an access token bound to the API key, which has to be the same person's. It ends with
   * the key at the latest.
   * @throws DomainError `invalid_api_key` when the key has ended meanwhile, and what {@link logIn} throws
   */
  async logInWithKey(key: VerifiedApiKey, name: string, password: string): Promise<IssuedAccessToken> {
    const user = await this.verifyPassword(name, password, key.userId);
    const session = await this.openSession({
      userId: user.id,
      ttlSeconds: this.config.feedTokenTtlSeconds,
      refreshable: false,
      apiKey: key,
    });
    this.events.record('login.succeeded', { userId: user.id, sessionId: session.id, keyId: key.keyId });
    return this.issueFor(user, session, key.keyId);
  }

  /**
   * A new access token for the session of a refresh token, which itself stays as it is. With `REFRESH_TOKEN_ROTATION`
   * a new refresh token comes along.
   * @throws DomainError `invalid_refresh_token`, one answer for every cause; `rate_limited`
   */
  async refresh(refreshToken: string): Promise<Refreshed> {
    await this.limits.countRefresh();
    const rotated = this.config.refreshTokenRotation ? await this.rotation.redeem(refreshToken) : undefined;
    const session = this.config.refreshTokenRotation
      ? rotated?.session
      : await this.sessions.findByRefreshToken(refreshToken);
    if (!session) throw new DomainError('invalid_refresh_token', 'Invalid or expired refresh token');
    this.sessionUses.record(session.id, this.clock.now());
    const issued = this.issueFor({ id: session.userId, role: session.role }, session);
    return rotated ? { ...issued, refreshToken: rotated.refreshToken } : issued;
  }

  /**
   * Ends the session of the access token, that of the refresh token, or both; its tokens stop working at once. With a
   * refresh token at hand, an access token that has expired meanwhile is no reason to stay logged in, and a refresh
   * token that nobody knows is already logged out.
   * @throws DomainError `authentication_required`, `invalid_token`; `session_required` for an API key, which manages no sessions
   */
  async logOut(credentials: Credentials, refreshToken?: string): Promise<void> {
    const principal = await this.whoLogsOut(credentials, refreshToken !== undefined);
    if (principal?.kind === 'api-key') throw new DomainError('session_required', 'An API key cannot end sessions');
    if (principal?.sessionId !== undefined && (await this.sessions.end(principal.sessionId))) {
      this.events.record('session.ended', { userId: principal.userId, sessionId: principal.sessionId });
    }
    const ended = refreshToken === undefined ? undefined : await this.sessions.endByRefreshToken(refreshToken);
    if (ended) this.events.record('session.ended', { userId: ended.userId, sessionId: ended.id });
  }

  private async whoLogsOut(credentials: Credentials, hasRefreshToken: boolean): Promise<Principal | undefined> {
    try {
      const principal = await this.authenticator.authenticate(credentials);
      if (principal || hasRefreshToken) return principal;
    } catch (error) {
      if (hasRefreshToken && error instanceof DomainError && error.code === 'invalid_token') return undefined;
      throw error;
    }
    throw new DomainError('authentication_required', 'Log in first, or send the refresh token of the session to end');
  }

  private async openSession(session: NewSession): Promise<OpenedSession> {
    const opened = await inTransaction(this.dataSource, (manager) => this.sessions.open(manager, session));
    if (opened.endedOthers) await this.revocations.catchUp();
    return opened;
  }

  private async createAccount(input: SignUpInput, ttlSeconds: number, refreshable: boolean) {
    const fault = passwordFault(input.password, input.email);
    if (fault !== undefined) throw invalidField('password', fault);
    await this.limits.countSignUp();
    // Field by field: whatever else came along must not become a role.
    const { email, password, firstName, lastName, phone, username } = input;
    const passwordHash = await this.hasher.hash(password);
    const person = { email, passwordHash, firstName, lastName, phone: phone ?? null, username: username ?? null };
    const created = await inTransaction(this.dataSource, async (manager) => {
      const user = await this.users.create(manager, person);
      // Of somebody new there are no older sessions that it could end.
      const session = await this.sessions.open(manager, { userId: user.id, ttlSeconds, refreshable });
      return { user, session };
    });
    this.events.record('account.created', { userId: created.user.id, sessionId: created.session.id });
    return created;
  }

  /** `ownerId`: who it has to be. Somebody else's password is a wrong guess, though it is right. */
  private async verifyPassword(name: string, password: string, ownerId?: string): Promise<User> {
    const account = await this.users.findForLogin(name);
    const request: LocalRequest = { body: { username: name, password }, account };
    const user = await this.limits.guess(account ? { userId: account.id } : { unknownName: name }, async () => {
      const verified = await decide<User>(this.local, request);
      return ownerId === undefined || verified?.id === ownerId ? verified : undefined;
    });
    if (user) return user;
    this.events.record('login.failed', {});
    if (!account && this.config.revealUnknownUsername) throw new DomainError('unknown_username', 'User not found');
    throw invalidCredentials();
  }

  private issueFor(
    user: Pick<User, 'id' | 'role'>,
    session: { readonly id: string; readonly expiresAt: Date },
    keyId?: string,
  ): IssuedAccessToken {
    const subject = { userId: user.id, role: user.role, sessionId: session.id, sessionExpiresAt: session.expiresAt };
    return this.accessTokens.issue(keyId === undefined ? subject : { ...subject, keyId });
  }
}

function invalidCredentials(): DomainError {
  return new DomainError('invalid_credentials', 'Invalid credentials');
}
