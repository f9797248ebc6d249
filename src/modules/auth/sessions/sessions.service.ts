import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, type EntityManager, MoreThan, Not, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../../common/clock.js';
import { DomainError } from '../../../common/domain-error.js';
import { newId } from '../../../common/ids.js';
import type { Principal, Role } from '../../../common/principal.js';
import { requestContext } from '../../../common/request-context.js';
import { isUuid } from '../../../common/text.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { deleteInBatches } from '../../../database/purge.js';
import { DATABASE, type OpenDatabase } from '../../../database/open-database.js';
import { executePrepared, queryPrepared } from '../../../database/prepared.js';
import { violates } from '../../../database/sql-state.js';
import { Revocations } from '../../revocations/revocations.service.js';
import { SecurityEvents } from '../../security-events/security-events.service.js';
import { UsersService } from '../../users/users.service.js';
import { networkOf } from '../network.js';
import { RefreshTokenLookup } from './refresh-token-lookup.js';
import { generateRefreshToken, hashRefreshToken, isWellFormedRefreshToken } from './refresh-token.js';
import { Session } from './session.entity.js';

export interface NewSession {
  readonly userId: string;
  readonly ttlSeconds: number;
  /** Whether the login gets a refresh token. */
  readonly refreshable: boolean;
  /** The API key (by row id) that the session ends with, whether it is deleted or expires. */
  readonly apiKey?: { readonly id: string; readonly expiresAt: Date | null };
}

export interface OpenedSession {
  readonly id: string;
  readonly expiresAt: Date;
  /** The only copy there will ever be; undefined when the session is not refreshable. */
  readonly refreshToken: string | undefined;
  /** Whether older sessions ended to make room. Their tokens are refused once it is committed and caught up with. */
  readonly endedOthers: boolean;
}

/** A session that is live, and whose person is active, at this moment. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date;
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
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly refreshTokens: RefreshTokenLookup,
    private readonly revocations: Revocations,
    private readonly users: UsersService,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Opens a session for somebody who is active at this very moment, and ends the oldest ones over
   * `SESSIONS_PER_USER_MAX`. Runs in the caller's transaction.
   * @throws DomainError `invalid_credentials` when the person is not active (any more), `invalid_api_key` when the key is gone
   */
  async open(manager: EntityManager, { userId, ttlSeconds, refreshable, apiKey }: NewSession): Promise<OpenedSession> {
    const now = this.clock.now();
    // It may have expired while its owner's password was checked.
    if (apiKey?.expiresAt && apiKey.expiresAt <= now) throw invalidApiKey();
    const client = requestContext.getStore();
    const refreshToken = refreshable ? generateRefreshToken() : undefined;
    const session = {
      id: newId(),
      userId,
      apiKeyId: apiKey?.id ?? null,
      refreshTokenHash: refreshToken === undefined ? null : hashRefreshToken(refreshToken),
      createdAt: now,
      expiresAt: earlier(addSeconds(now, ttlSeconds), apiKey?.expiresAt),
      device: deviceOf(client?.userAgent),
      network: client ? networkOf(client.ip) : null,
    };
    if (!(await insertWhileActive(this.database, manager, session)))
      throw new DomainError('invalid_credentials', 'Invalid credentials');
    // Never the one just opened, though a clock that was set back makes it look like the oldest.
    const ended = await executePrepared(
      this.database,
      manager,
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC, id DESC OFFSET $3)`,
      [userId, session.id, this.config.sessionsPerUserMax - 1],
    );
    return { id: session.id, expiresAt: session.expiresAt, refreshToken, endedOthers: ended > 0 };
  }

  /**
   * Whether the session of a token, itself found good, still lives: the one question asked for every access token.
   * Answered from memory without any I/O; by the database while memory may be out of date.
   */
  async isLive(sessionId: string): Promise<boolean> {
    if (this.revocations.isSure()) return !this.revocations.hasEnded(sessionId);
    // Plain SQL: this runs on every call while memory may be out of date.
    const rows = await queryPrepared<object>(
      this.database,
      `SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = $1 AND s.expires_at > $2 AND u.status = 'active'`,
      [sessionId, this.clock.now()],
    );
    return rows.length > 0;
  }

  /** The live session of this refresh token, or undefined for one that is unknown, expired, or no such token at all. */
  async findByRefreshToken(refreshToken: string): Promise<LiveSession | undefined> {
    if (!isWellFormedRefreshToken(refreshToken)) return undefined;
    return this.refreshTokens.find(hashRefreshToken(refreshToken));
  }

  /** The person's live sessions, newest first: at most `SESSIONS_PER_USER_MAX`. */
  async list(principal: Principal): Promise<Session[]> {
    const where = { userId: principal.userId, expiresAt: MoreThan(this.clock.now()) };
    return this.sessions.find({ where, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /** Ends one of the person's own sessions. @throws DomainError `session_not_found`, somebody else's too */
  async endOwn(principal: Principal, id: string): Promise<void> {
    const sessionId = id.toLowerCase();
    const mine = { id: sessionId, userId: principal.userId };
    const { affected } = isUuid(sessionId) ? await this.sessions.delete(mine) : { affected: 0 };
    if (!affected) throw new DomainError('session_not_found', 'Session not found');
    await this.revocations.catchUp();
    this.events.record('session.ended', { actorId: principal.userId, userId: principal.userId, sessionId });
  }

  /** Ends the person's sessions but for the one that calls. */
  async endOthers(principal: Principal): Promise<void> {
    await this.endOthersOf(this.sessions.manager, principal);
    await this.revocations.catchUp();
    this.events.record('session.ended', { actorId: principal.userId, userId: principal.userId, which: 'others' });
  }

  /** The same in the caller's transaction, who tells of it afterwards. */
  async endOthersOf(manager: EntityManager, principal: Principal): Promise<void> {
    const kept = principal.sessionId === undefined ? {} : { id: Not(principal.sessionId) };
    await manager.delete(Session, { userId: principal.userId, ...kept });
  }

  /** Ends all sessions of somebody. @throws DomainError `forbidden`, `user_not_found` */
  async endAllOf(principal: Principal, userId: string): Promise<void> {
    const { id } = await this.users.getTouchable(principal, userId);
    await this.sessions.delete({ userId: id });
    await this.revocations.catchUp();
    this.events.record('session.ended', { actorId: principal.userId, userId: id, which: 'all' });
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
      'DELETE FROM sessions WHERE refresh_token_hash = $1 OR previous_token_hash = $1 RETURNING id, user_id',
      [hashRefreshToken(refreshToken)],
    );
    await this.revocations.catchUp();
    return rows[0] && { id: rows[0].id, userId: rows[0].user_id };
  }

  /**
   * Deletes sessions that had expired by `now`, at most `batchSize` rows a statement so that no lock is held for long.
   * One instance at a time: who finds another at it leaves the rest to that one. Returns how many it deleted itself.
   */
  async purgeExpired(now: Date, batchSize: number): Promise<number> {
    return deleteInBatches(this.dataSource, 'sessions', 'expires_at', now, batchSize);
  }
}

function earlier(instant: Date, other: Date | null | undefined): Date {
  return other && other < instant ? other : instant;
}

function invalidApiKey(): DomainError {
  return new DomainError('invalid_api_key', 'API key invalid or not provided.');
}

type InsertedSession = Omit<Session, 'previousTokenHash' | 'sealedSuccessor' | 'lastUsedAt'>;

/**
 * Whether the person was active and the session is there. The lock on the person makes a login and a suspension take
 * turns: neither overlooks the other. Plain SQL: this runs on every login.
 * @throws DomainError `invalid_api_key` when the key is gone
 */
async function insertWhileActive(
  database: OpenDatabase,
  manager: EntityManager,
  session: InsertedSession,
): Promise<boolean> {
  const { id, userId, apiKeyId, refreshTokenHash, createdAt, expiresAt, device, network } = session;
  try {
    const inserted = await executePrepared(
      database,
      manager,
      `INSERT INTO sessions (user_id, id, api_key_id, refresh_token_hash, created_at, expires_at, device, network)
       SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM users WHERE id = $1 AND status = 'active' FOR NO KEY UPDATE`,
      [userId, id, apiKeyId, refreshTokenHash, createdAt, expiresAt, device, network],
    );
    return inserted > 0;
  } catch (error) {
    if (!violates(error, 'sessions_api_key_id_fkey')) throw error;
    throw invalidApiKey();
  }
}

const DEVICE_MAX = 256;

/** What a client calls itself, fit to be kept: it can be anything that fits into a header. */
function deviceOf(userAgent: string | undefined): string | null {
  const device = userAgent
    ?.replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, DEVICE_MAX);
  return device === undefined || device === '' ? null : device;
}
