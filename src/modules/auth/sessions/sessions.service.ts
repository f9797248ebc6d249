import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../../common/clock.js';
import { DomainError } from '../../../common/domain-error.js';
import { newId } from '../../../common/ids.js';
import type { Role } from '../../../common/principal.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { violates } from '../../../database/sql-state.js';
import { inTransaction } from '../../../database/transaction.js';
import { Revocations } from '../../revocations/revocations.service.js';
import { generateRefreshToken, hashRefreshToken, isWellFormedRefreshToken } from './refresh-token.js';
import { Session } from './session.entity.js';

export interface NewSession {
  readonly userId: string;
  readonly ttlSeconds: number;
  /** Whether the login gets a refresh token. */
  readonly refreshable: boolean;
  /** The API key (by row id) whose deletion ends the session. */
  readonly apiKeyId?: string;
}

export interface OpenedSession {
  readonly id: string;
  readonly expiresAt: Date;
  /** The only copy there will ever be; undefined when the session is not refreshable. */
  readonly refreshToken: string | undefined;
}

/** A session that is live, and whose person is active, at this moment. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date;
}

interface LiveSessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly expires_at: Date;
}

/**
 * Logins. A session is live while its row is there: what ends it deletes the row, and is seen by the next look-up on
 * every instance.
 */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly revocations: Revocations,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Opens a session for somebody who is active at this very moment, and ends the oldest ones over
   * `SESSIONS_PER_USER_MAX`. Runs in the caller's transaction.
   * @throws DomainError `invalid_credentials` when the person is not active (any more), `invalid_api_key` when the key is gone
   */
  async open(
    manager: EntityManager,
    { userId, ttlSeconds, refreshable, apiKeyId }: NewSession,
  ): Promise<OpenedSession> {
    const now = this.clock.now();
    const refreshToken = refreshable ? generateRefreshToken() : undefined;
    const session: Session = {
      id: newId(),
      userId,
      apiKeyId: apiKeyId ?? null,
      refreshTokenHash: refreshToken === undefined ? null : hashRefreshToken(refreshToken),
      createdAt: now,
      expiresAt: addSeconds(now, ttlSeconds),
    };
    // The lock makes a login and a suspension of the same person take turns: neither overlooks the other.
    const active = await manager.query<unknown[]>(
      `SELECT 1 FROM users WHERE id = $1 AND status = 'active' FOR NO KEY UPDATE`,
      [userId],
    );
    if (active.length === 0) throw new DomainError('invalid_credentials', 'Invalid credentials');
    try {
      await manager.insert(Session, session);
    } catch (error) {
      if (!violates(error, 'sessions_api_key_id_fkey')) throw error;
      throw new DomainError('invalid_api_key', 'API key invalid or not provided.');
    }
    // Never the one just opened, though a clock that was set back makes it look like the oldest.
    await manager.query(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC, id DESC OFFSET $3)`,
      [userId, session.id, this.config.sessionsPerUserMax - 1],
    );
    return { id: session.id, expiresAt: session.expiresAt, refreshToken };
  }

  /**
   * Whether the session of a token, itself found good, still lives: the one question asked for every access token.
   * Answered from memory without any I/O; by the database while memory may be out of date.
   */
  async isLive(sessionId: string): Promise<boolean> {
    if (this.revocations.isSure()) return !this.revocations.hasEnded(sessionId);
    return (await this.findLiveWhere('s.id = $1', sessionId)) !== undefined;
  }

  /** The live session of this refresh token, or undefined for one that is unknown, expired, or no such token at all. */
  async findByRefreshToken(refreshToken: string): Promise<LiveSession | undefined> {
    if (!isWellFormedRefreshToken(refreshToken)) return undefined;
    return this.findLiveWhere('s.refresh_token_hash = $1', hashRefreshToken(refreshToken));
  }

  /** Ends a session for good. Whether it was there. */
  async end(sessionId: string): Promise<boolean> {
    const { affected } = await this.sessions.delete({ id: sessionId });
    await this.revocations.catchUp();
    return affected === 1;
  }

  /** Ends the session of a refresh token, and says whose it was; undefined when there is none. */
  async endByRefreshToken(refreshToken: string): Promise<{ id: string; userId: string } | undefined> {
    if (!isWellFormedRefreshToken(refreshToken)) return undefined;
    const [rows] = await this.dataSource.query<[{ id: string; user_id: string }[], number]>(
      'DELETE FROM sessions WHERE refresh_token_hash = $1 RETURNING id, user_id',
      [hashRefreshToken(refreshToken)],
    );
    await this.revocations.catchUp();
    return rows[0] && { id: rows[0].id, userId: rows[0].user_id };
  }

  /**
   * Deletes sessions that had expired by `now`, at most `batchSize` rows a statement so that no lock is held for long,
   * and passing over rows that another instance is deleting. Returns how many it deleted.
   */
  async purgeExpired(now: Date, batchSize: number): Promise<number> {
    let total = 0;
    for (;;) {
      const count = await inTransaction(this.dataSource, (manager) => deleteExpired(manager, now, batchSize));
      total += count;
      if (count < batchSize) return total;
    }
  }

  // Plain SQL: this runs on every call that carries an access token.
  private async findLiveWhere(condition: string, value: string | Buffer): Promise<LiveSession | undefined> {
    const [row] = await this.dataSource.query<LiveSessionRow[]>(
      `SELECT s.id, s.user_id, s.expires_at, u.role
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE ${condition} AND s.expires_at > $2 AND u.status = 'active'`,
      [value, this.clock.now()],
    );
    return row && { id: row.id, userId: row.user_id, role: row.role, expiresAt: row.expires_at };
  }
}

async function deleteExpired(manager: EntityManager, now: Date, batchSize: number): Promise<number> {
  // Until the transaction ends, the trigger does not record these as taken back (see the migration).
  await manager.query(`SELECT set_config('stagedoor.purging', 'on', true)`);
  const [, count] = await manager.query<[unknown[], number]>(
    `DELETE FROM sessions WHERE id IN (
       SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
    [now, batchSize],
  );
  return count;
}
