import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, MoreThan, Not, Repository } from 'typeorm';
import { addSeconds, Clock, CLOCK_TOLERANCE_SECONDS } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { Database } from '../../database/database.js';
import { Revocations } from '../revocations/revocations.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockManageable } from '../users/managed-account.js';
import { hashRefreshToken, isWellFormedRefreshToken } from './refresh-token.js';
import { Session } from './session.entity.js';

/** How long after a login, or after the password was confirmed, sensitive operations are allowed. */
export const RECENT_LOGIN_SECONDS = 600;

interface RevokedRow {
  readonly id: string;
  readonly user_id: string;
}

/**
 * Lists and revokes sessions. A session is live while its row exists: revoking it deletes the row, and takes effect on
 * this instance at the next request, on others within a second.
 */
@Injectable()
export class ActiveSessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly database: Database,
    private readonly revocations: Revocations,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether the session of a valid access token is live, asked for every request with one. Answered from memory, or by
   * the database while memory may be out of date.
   */
  async isLive(sessionId: string): Promise<boolean> {
    return this.revocations.isCurrent() ? !this.revocations.isRevoked(sessionId) : this.isLiveInDatabase(sessionId);
  }

  /** Whether a session is live, also when its access tokens have expired, which {@link isLive} cannot tell. */
  async isLiveInDatabase(sessionId: string): Promise<boolean> {
    const rows = await this.database.prepared<object>(
      'find live session',
      `SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = $1 AND s.expires_at > $2 AND u.status = 'active'`,
      [sessionId, this.clock.now()],
    );
    return rows.length > 0;
  }

  /** Whether the user of a session logged in, or confirmed the password, within `RECENT_LOGIN_SECONDS`. */
  async isRecent({ sessionId }: Principal): Promise<boolean> {
    return (await this.recentUntil(sessionId)) !== undefined;
  }

  /** Until when a session counts as recent; undefined when it does not. */
  async recentUntil(sessionId: string | undefined): Promise<Date | undefined> {
    if (sessionId === undefined) return undefined;
    const now = this.clock.now();
    const [row] = await this.database.prepared<{ readonly authenticated_at: Date }>(
      'find time of authentication',
      'SELECT authenticated_at FROM sessions WHERE id = $1 AND authenticated_at <= $2',
      // The login may have been at an instance whose clock is ahead.
      [sessionId, addSeconds(now, CLOCK_TOLERANCE_SECONDS)],
    );
    const until = row && addSeconds(row.authenticated_at, RECENT_LOGIN_SECONDS);
    return until && until > now ? until : undefined;
  }

  /**
   * Records that the session's user has proved who they are, now, and whether by a second factor as well. Returns until
   * when the login counts as recent.
   */
  async markAuthenticated(sessionId: string, { secondFactor = false } = {}): Promise<Date> {
    const authenticatedAt = this.clock.now();
    const proven = { authenticatedAt, ...(secondFactor && { secondFactor }) };
    const { affected } = await this.sessions.update({ id: sessionId }, proven);
    if (!affected) throw new DomainError('invalid_token');
    return addSeconds(authenticatedAt, RECENT_LOGIN_SECONDS);
  }

  /** The session of the caller counts as one with a second factor, from its next refresh on. */
  async markSecondFactorIn(manager: EntityManager, { sessionId }: Principal): Promise<void> {
    if (sessionId !== undefined) await manager.update(Session, { id: sessionId }, { secondFactor: true });
  }

  /** The user's live sessions, newest first: at most `SESSIONS_PER_USER_MAX`. */
  async list(principal: Principal): Promise<Session[]> {
    const where = { userId: principal.userId, expiresAt: MoreThan(this.clock.now()) };
    return this.sessions.find({ where, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /** Revokes one of the user's own sessions. @throws DomainError `session_not_found`, also for another user's */
  async revokeOwn(principal: Principal, id: string): Promise<void> {
    const sessionId = id.toLowerCase();
    const own = { id: sessionId, userId: principal.userId };
    const { affected } = isUuid(sessionId) ? await this.sessions.delete(own) : { affected: 0 };
    if (!affected) throw new DomainError('session_not_found');
    await this.changes.record('session.ended', { actorId: principal.userId, userId: principal.userId, sessionId });
  }

  /** Revokes all sessions of the user except the one of this request. */
  async revokeOthers(principal: Principal): Promise<void> {
    await this.database.transaction((manager) => this.revokeOthersIn(manager, principal));
    await this.changes.record('session.ended', {
      actorId: principal.userId,
      userId: principal.userId,
      which: 'others',
    });
  }

  /** The same in the caller's transaction. To be followed by {@link AccountChanges.record} when that has committed. */
  async revokeOthersIn(manager: EntityManager, principal: Principal): Promise<void> {
    const kept = principal.sessionId === undefined ? {} : { id: Not(principal.sessionId) };
    await manager.delete(Session, { userId: principal.userId, ...kept });
  }

  /** Revokes all sessions of a user in the caller's transaction, like {@link revokeOthersIn}. */
  async revokeAllIn(manager: EntityManager, userId: string): Promise<void> {
    await manager.delete(Session, { userId });
  }

  /**
   * Revokes all sessions of a user.
   * @throws DomainError `forbidden`, `user_not_found`; `invalid_token` when the session of the principal was revoked
   *   meanwhile
   */
  async revokeAllOf(principal: Principal, userId: string): Promise<void> {
    const { id } = await this.database.transaction(async (manager) => {
      const user = await lockManageable(manager, principal, userId);
      await this.revokeAllIn(manager, user.id);
      return user;
    });
    await this.changes.record('session.ended', { actorId: principal.userId, userId: id, which: 'all' });
  }

  /** Revokes a session, if there is one with this id. */
  async revoke(sessionId: string): Promise<void> {
    await this.revokeWhere('id = $1', sessionId);
  }

  /** Revokes the session of a refresh token, or of the one before it where tokens rotate, if there is one. */
  async revokeByRefreshToken(refreshToken: string): Promise<void> {
    if (!isWellFormedRefreshToken(refreshToken)) return;
    await this.revokeWhere('refresh_token_hash = $1 OR previous_token_hash = $1', hashRefreshToken(refreshToken));
  }

  /** @param condition SQL that is written in the code, never made from input */
  private async revokeWhere(condition: string, value: string | Buffer): Promise<void> {
    const [row] = await this.database.query<RevokedRow>(
      `DELETE FROM sessions WHERE ${condition} RETURNING id, user_id`,
      [value],
    );
    if (row) await this.changes.record('session.ended', { userId: row.user_id, sessionId: row.id });
    // Another request may have revoked it just now.
    else await this.revocations.catchUp();
  }
}
