import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import { CONFIG, type Config } from '../../config/config.js';
import { SecondFactors } from '../second-factor/second-factors.js';
import { AccessTokenIssuer, type IssuedAccessToken } from '../tokens/access-token-issuer.js';
import { hasFactor, sessionLimit } from '../users/session-limit.js';
import type { NewSession } from './new-session.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionRows } from './session-rows.js';

/** A session with its first access token. */
export interface OpenedSession extends IssuedAccessToken {
  readonly sessionId: string;
}

/** A session that was refreshed. */
export interface RefreshedSession extends IssuedAccessToken {
  /** The refresh token to use next time; absent where the presented one stays valid. */
  readonly refreshToken?: string;
}

/** Opens and refreshes sessions. Every login, of whatever kind, gets its session from {@link open}. */
@Injectable()
export class SessionsService {
  constructor(
    private readonly rows: SessionRows,
    private readonly refreshTokens: RefreshTokens,
    private readonly accessTokens: AccessTokenIssuer,
    private readonly secondFactors: SecondFactors,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Opens a session for a user who is active at this moment and has proved to be that user, also by a second factor where
   * one is needed: the only place that decides on it. Revokes the user's oldest sessions beyond `SESSIONS_PER_USER_MAX`.
   * Runs in a transaction of its own, or in that of `manager`, which must be for a new user, who has no older sessions.
   * @throws DomainError `second_factor_required`, and what `SessionRows.insert` throws; `rate_limited`, `overloaded`
   *   where a code is checked
   */
  async open(newSession: NewSession, caller: Caller, manager?: EntityManager): Promise<OpenedSession> {
    const { user, apiKey } = newSession;
    const secondFactor = await this.prove(newSession, caller);
    const { id, expiresAt } = await this.rows.insert(newSession, secondFactor, caller, manager);
    // The session of a key is limited as the key is: by whether its owner has a factor.
    const limit = sessionLimit({ ...user, secondFactor: apiKey ? hasFactor(user) : secondFactor }, this.config);
    const subject = { id, userId: user.id, role: user.role, expiresAt, limit, ...(apiKey && { keyId: apiKey.keyId }) };
    return { sessionId: id, ...this.accessTokens.issue(subject) };
  }

  /**
   * Issues a new access token for the session of a refresh token.
   * @throws DomainError `invalid_refresh_token`, the same for every cause
   */
  async refresh(refreshToken: string): Promise<RefreshedSession> {
    const redeemed = await this.refreshTokens.redeem(refreshToken);
    if (!redeemed) throw new DomainError('invalid_refresh_token');
    const { session, ...successor } = redeemed;
    return { ...this.accessTokens.issue({ ...session, limit: sessionLimit(session, this.config) }), ...successor };
  }

  /** Whether a second factor was proved. @throws DomainError `second_factor_required` when one is needed and was not */
  private async prove({ user, proof, code, apiKey }: NewSession, caller: Caller): Promise<boolean> {
    if (proof.kind === 'passkey') return true;
    // A session that is bound to an API key opens no more than the key does alone.
    if (proof.kind === 'sign-up' || apiKey !== undefined) return false;
    return (await this.secondFactors.prove(user, code, caller)) !== undefined;
  }
}
