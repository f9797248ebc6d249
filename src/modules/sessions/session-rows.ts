import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { addSeconds, Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { widerNetworkOf } from '../../common/ip-address.js';
import { accessTokenLifetime } from '../../config/access-token-lifetime.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';
import { Revocations } from '../revocations/revocations.js';
import { PasskeyProofs, type SuspectedClone } from '../passkeys/passkey-proofs.js';
import type { NewSession } from './new-session.js';
import { hashRefreshToken } from './refresh-token.js';
import type { Session } from './session.entity.js';

type NewRow = Omit<Session, 'previousTokenHash' | 'sealedSuccessor' | 'rotationCount' | 'lastUsedAt'>;

interface Inserted {
  /** Whether older sessions were revoked to make room. */
  readonly revokesOthers: boolean;
  /** The passkey of the login, if it may have been copied. */
  readonly clone: SuspectedClone | undefined;
}

/** Inserts sessions. */
@Injectable()
export class SessionRows {
  constructor(
    private readonly database: Database,
    private readonly revocations: Revocations,
    private readonly passkeys: PasskeyProofs,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Inserts a session while its user is active, and revokes the user's oldest sessions beyond `SESSIONS_PER_USER_MAX`.
   * Runs in a transaction of its own, or in that of `manager`, which must be for a new user, who has no older sessions.
   * @throws DomainError `invalid_credentials` when the user is not active, or has another password, role or second
   *   factor by now; `invalid_api_key` when the key has expired or was deleted
   */
  async insert(
    newSession: NewSession,
    secondFactor: boolean,
    caller: Caller,
    manager?: EntityManager,
  ): Promise<Pick<Session, 'id' | 'expiresAt'>> {
    const row = this.rowOf(newSession, secondFactor, caller);
    if (manager) {
      await this.insertWhileActive(manager, row, newSession);
    } else {
      const { revokesOthers, clone } = await this.database.transaction((own) => this.insertIn(own, row, newSession));
      this.passkeys.record(clone);
      if (revokesOthers) await this.revocations.catchUp();
    }
    return row;
  }

  private rowOf(
    { user, refreshToken, apiKey }: NewSession,
    secondFactor: boolean,
    { userAgent, network }: Caller,
  ): NewRow {
    const now = this.clock.now();
    // It may have expired while its owner's password was checked.
    if (apiKey?.expiresAt && apiKey.expiresAt <= now) throw new DomainError('invalid_api_key');
    const lifetime =
      refreshToken === undefined
        ? accessTokenLifetime(this.config, apiKey !== undefined)
        : this.config.refreshTokenTtlSeconds;
    return {
      id: newId(),
      userId: user.id,
      apiKeyId: apiKey?.id ?? null,
      refreshTokenHash: refreshToken === undefined ? null : hashRefreshToken(refreshToken),
      createdAt: now,
      authenticatedAt: now,
      secondFactor,
      expiresAt: earlier(addSeconds(now, lifetime), apiKey?.expiresAt),
      device: deviceOf(userAgent),
      network,
    };
  }

  private async insertIn(manager: EntityManager, row: NewRow, newSession: NewSession): Promise<Inserted> {
    await this.insertWhileActive(manager, row, newSession);
    const { proof } = newSession;
    const clone = proof.kind === 'passkey' ? await this.passkeys.spend(manager, proof.passkey) : undefined;
    // Never the new one, even where a clock that was set back makes it look like the oldest.
    const { rowCount } = await this.database.preparedIn(
      manager,
      'delete sessions over the limit',
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC, id DESC OFFSET $3)`,
      [row.userId, row.id, this.config.sessionsPerUserMax - 1],
    );
    return { revokesOthers: rowCount > 0, clone };
  }

  /**
   * The lock on the user makes a login wait for a suspension, a new password or a change of factors, and they for it, so
   * that neither overlooks the other. It also records the network of the login, at most once a day.
   */
  private async insertWhileActive(manager: EntityManager, row: NewRow, { user, proof }: NewSession): Promise<void> {
    const { id, userId, apiKeyId, refreshTokenHash, createdAt, expiresAt, device, network, secondFactor } = row;
    const passwordHash = proof.kind === 'password' ? proof.passwordHash : null;
    try {
      const { rowCount } = await this.database.preparedIn(
        manager,
        'insert session',
        `WITH owner AS (
           SELECT id FROM users
            WHERE id = $1 AND status = 'active' AND role = $10 AND totp_enabled_at IS NOT DISTINCT FROM $13
              AND ($9::text IS NULL OR password_hash = $9)
              FOR NO KEY UPDATE
         ), known AS (
           INSERT INTO known_networks (user_id, network, last_login_at)
           SELECT id, $11, $5 FROM owner WHERE NOT EXISTS (
             SELECT FROM known_networks
              WHERE user_id = $1 AND network = $11 AND last_login_at > $5::timestamptz - interval '1 day')
           ON CONFLICT (user_id, network) DO UPDATE SET last_login_at = excluded.last_login_at
         )
         INSERT INTO sessions (user_id, id, api_key_id, refresh_token_hash, created_at, authenticated_at, expires_at,
                               device, network, second_factor)
         SELECT id, $2, $3, $4, $5, $5, $6, $7, $8, $12 FROM owner`,
        [
          ...[userId, id, apiKeyId, refreshTokenHash, createdAt, expiresAt, device, network, passwordHash, user.role],
          ...[widerNetworkOf(network ?? ''), secondFactor, user.totpEnabledAt],
        ],
      );
      if (rowCount === 0) throw new DomainError('invalid_credentials');
    } catch (error) {
      throw violates(error, 'sessions_api_key_id_fkey') ? new DomainError('invalid_api_key') : error;
    }
  }
}

function earlier(instant: Date, other: Date | null | undefined): Date {
  return other && other < instant ? other : instant;
}

const DEVICE_MAX = 256;

/** The printable ASCII of a User-Agent header, at most 256 characters; null where nothing is left. */
function deviceOf(userAgent: string | undefined): string | null {
  const device = userAgent
    ?.replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, DEVICE_MAX);
  return device === undefined || device === '' ? null : device;
}
