import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import type { Role } from '../../../common/principal.js';
import { inTransaction } from '../../../database/transaction.js';
import { Revocations } from '../../revocations/revocations.service.js';
import { SecurityEvents } from '../../security-events/security-events.service.js';
import {
  generateRefreshToken,
  hashRefreshToken,
  isWellFormedRefreshToken,
  sealSuccessor,
  unsealSuccessor,
} from './refresh-token.js';
import type { LiveSession } from './sessions.service.js';
import { Session } from './session.entity.js';
import { SpentRefreshToken } from './spent-refresh-token.entity.js';

/** A session that goes on, and the token to go on with. */
export interface Rotated {
  readonly session: LiveSession;
  readonly refreshToken: string;
}

interface Row {
  readonly id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly expires_at: Date;
  readonly is_current: boolean;
  readonly previous_token_hash: Buffer | null;
  readonly sealed_successor: Buffer | null;
}

/**
 * Refresh tokens that are replaced at each use (`REFRESH_TOKEN_ROTATION`; RFC 9700, section 4.14.2).
 *
 * The token before the present one brings the same successor again, so that a lost answer, a retry or a second tab logs
 * nobody out. Once the successor has been used, whoever shows an older token has copied it: the session ends.
 */
@Injectable()
export class RefreshRotation {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  /** The session of a token and its successor; undefined for a token that opens nothing. The session's end never moves. */
  async redeem(refreshToken: string): Promise<Rotated | undefined> {
    if (!isWellFormedRefreshToken(refreshToken)) return undefined;
    const hash = hashRefreshToken(refreshToken);
    const rotated = await inTransaction(this.dataSource, async (manager) => {
      const row = await this.lock(manager, hash);
      return row && { session: toLiveSession(row), refreshToken: await this.successorOf(manager, refreshToken, row) };
    });
    // In a transaction of its own, which commits before anybody refuses.
    if (!rotated) await this.endIfSpent(hash);
    return rotated;
  }

  /** Twenty who come with one token at once take turns here; the first replaces it, the others find it replaced. */
  private async lock(manager: EntityManager, hash: Buffer): Promise<Row | undefined> {
    const [row] = await manager.query<Row[]>(
      `SELECT s.id, s.user_id, s.expires_at, s.refresh_token_hash = $1 AS is_current, s.previous_token_hash,
              s.sealed_successor, u.role
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE (s.refresh_token_hash = $1 OR s.previous_token_hash = $1) AND s.expires_at > $2 AND u.status = 'active'
          FOR UPDATE OF s`,
      [hash, this.clock.now()],
    );
    return row;
  }

  private async successorOf(manager: EntityManager, refreshToken: string, row: Row): Promise<string> {
    if (!row.is_current && row.sealed_successor) return unsealSuccessor(row.sealed_successor, refreshToken);
    const successor = generateRefreshToken();
    if (row.previous_token_hash) {
      await manager.insert(SpentRefreshToken, { tokenHash: row.previous_token_hash, sessionId: row.id });
    }
    await manager.update(
      Session,
      { id: row.id },
      {
        refreshTokenHash: hashRefreshToken(successor),
        previousTokenHash: hashRefreshToken(refreshToken),
        sealedSuccessor: sealSuccessor(successor, refreshToken),
      },
    );
    return successor;
  }

  private async endIfSpent(hash: Buffer): Promise<void> {
    const [ended] = await this.dataSource.query<[{ id: string; user_id: string }[], number]>(
      `DELETE FROM sessions WHERE id IN (SELECT session_id FROM spent_refresh_tokens WHERE token_hash = $1)
       RETURNING id, user_id`,
      [hash],
    );
    for (const { id, user_id } of ended) {
      await this.revocations.catchUp();
      this.events.record('refresh.reused', { userId: user_id, sessionId: id });
    }
  }
}

function toLiveSession({ id, user_id, role, expires_at }: Row): LiveSession {
  return { id, userId: user_id, role, expiresAt: expires_at };
}
