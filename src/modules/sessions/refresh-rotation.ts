import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { Database } from '../../database/database.js';
import { AccountChanges } from '../users/account-changes.js';
import { type Redeemed, type SessionRow, toLiveSession } from './live-session.js';
import { generateRefreshToken, hashRefreshToken, openSuccessor, sealSuccessor } from './refresh-token.js';
import { Session } from './session.entity.js';
import { SPENT_TOKENS_KEPT } from './spent-refresh-token.entity.js';

interface RotatedRow extends SessionRow {
  readonly is_current: boolean;
  readonly previous_token_hash: Buffer | null;
  readonly sealed_successor: Buffer | null;
  readonly rotation_count: number;
}

/**
 * Refresh tokens that are replaced at each use (`REFRESH_TOKEN_ROTATION`; RFC 9700, section 4.14.2).
 *
 * The token before the current one returns the same successor again, so that a lost answer, a retry or a second tab logs
 * no one out. Once the successor has been used, an older token must be a copy: presenting it revokes the session. This
 * holds for the last {@link SPENT_TOKENS_KEPT} such tokens of a session; an older one is invalid and revokes nothing.
 */
@Injectable()
export class RefreshRotation {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly changes: AccountChanges,
  ) {}

  /** The session of a token, and the token's successor; undefined for an invalid token. The session's end never moves. */
  async rotate(refreshToken: string): Promise<Redeemed | undefined> {
    const hash = hashRefreshToken(refreshToken);
    const rotated = await this.database.transaction(async (manager) => {
      const row = await this.lock(manager, hash);
      return row && { session: toLiveSession(row), refreshToken: await this.successorOf(manager, refreshToken, row) };
    });
    // In a transaction of its own, which commits before the token is refused.
    if (!rotated) await this.revokeIfSpent(hash);
    return rotated;
  }

  /** Concurrent requests with one token wait for one another here: the first replaces it, the others find it replaced. */
  private async lock(manager: EntityManager, hash: Buffer): Promise<RotatedRow | undefined> {
    const [row] = await manager.query<RotatedRow[]>(
      `SELECT s.id, s.user_id, s.expires_at, s.refresh_token_hash = $1 AS is_current, s.previous_token_hash,
              s.sealed_successor, s.rotation_count, s.second_factor, u.role, u.email_verified_at
         FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE (s.refresh_token_hash = $1 OR s.previous_token_hash = $1) AND s.expires_at > $2 AND u.status = 'active'
          FOR UPDATE OF s`,
      [hash, this.clock.now()],
    );
    return row;
  }

  private async successorOf(manager: EntityManager, refreshToken: string, row: RotatedRow): Promise<string> {
    if (!row.is_current && row.sealed_successor) return openSuccessor(row.sealed_successor, refreshToken, row.id);
    const successor = generateRefreshToken();
    if (row.previous_token_hash) await this.remember(manager, row.previous_token_hash, row);
    const rotated = {
      refreshTokenHash: hashRefreshToken(successor),
      previousTokenHash: hashRefreshToken(refreshToken),
      sealedSuccessor: sealSuccessor(successor, refreshToken, row.id),
      rotationCount: row.rotation_count + 1,
    };
    await manager.update(Session, { id: row.id }, rotated);
    return successor;
  }

  /** Takes the place of the oldest, so that a session never has more than a bounded number of them. */
  private async remember(manager: EntityManager, spentHash: Buffer, row: RotatedRow): Promise<void> {
    await manager.query(
      `INSERT INTO spent_refresh_tokens (token_hash, session_id, slot) VALUES ($1, $2, $3)
       ON CONFLICT (session_id, slot) DO UPDATE SET token_hash = excluded.token_hash`,
      [spentHash, row.id, row.rotation_count % SPENT_TOKENS_KEPT],
    );
  }

  private async revokeIfSpent(hash: Buffer): Promise<void> {
    const revoked = await this.database.query<{ id: string; user_id: string }>(
      `DELETE FROM sessions WHERE id IN (SELECT session_id FROM spent_refresh_tokens WHERE token_hash = $1)
       RETURNING id, user_id`,
      [hash],
    );
    for (const { id, user_id } of revoked) {
      await this.changes.record('refresh.reused', { userId: user_id, sessionId: id });
    }
  }
}
