import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Role, Scope, UserStatus } from '../../common/principal.js';
import { requestContext } from '../../common/request-context.js';
import { DATABASE, type OpenDatabase } from '../../database/open-database.js';
import { queryPrepared } from '../../database/prepared.js';
import { hashApiKey, isWellFormedApiKey } from './api-key-secret.js';
import { type KeyFinding, KeyCache, type KnownKey } from './key-cache.js';
import { LastUsedRecorder } from './last-used.recorder.js';
import { isWithin, parseNetworks } from './networks.js';

/** A key that was presented and found good, and what it allows at this moment. */
export interface VerifiedApiKey {
  readonly id: string;
  readonly keyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** When the key itself ends, whichever of its secrets was shown; null: never by itself. */
  readonly expiresAt: Date | null;
}

interface KeyRow {
  readonly id: string;
  readonly key_id: string;
  readonly user_id: string;
  readonly scopes: Scope[];
  readonly allowed_networks: string[] | null;
  readonly expires_at: Date | null;
  readonly valid_until: Date | null;
  readonly role: Role;
  readonly status: UserStatus;
}

/** Says of every call that carries an API key whose it is and what it allows. */
@Injectable()
export class ApiKeyVerifier {
  constructor(
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly clock: Clock,
    private readonly cache: KeyCache,
    private readonly lastUsed: LastUsedRecorder,
  ) {}

  /**
   * Whose key this is and what it allows now. A text without a key's form and checksum costs no query, nor does a key
   * that is remembered.
   * @throws DomainError `invalid_api_key`, one answer for every cause: unknown, expired, rotated away, used from
   *   outside its networks, its owner not active
   */
  async verify(secret: string): Promise<VerifiedApiKey> {
    const key = isWellFormedApiKey(secret) ? await this.find(secret) : undefined;
    const now = this.clock.now();
    if (!key || (key.validUntil && key.validUntil <= now) || !mayBeUsedFromHere(key)) {
      throw new DomainError('invalid_api_key', 'API key invalid or not provided.');
    }
    this.lastUsed.record(key.id, now);
    const { id, keyId, userId, role, scopes, expiresAt } = key;
    return { id, keyId, userId, role, scopes, expiresAt };
  }

  private find(secret: string): Promise<KnownKey | undefined> {
    const hash = hashApiKey(secret);
    return this.cache.find(hash, () => this.read(hash));
  }

  // Plain SQL: this runs on every call whose key is not remembered. LEAST passes over nulls.
  private async read(hash: Buffer): Promise<KeyFinding> {
    const [row] = await queryPrepared<KeyRow>(
      this.database,
      `SELECT k.id, k.key_id, k.user_id, k.scopes, k.allowed_networks, k.expires_at, u.role, u.status,
              LEAST(k.expires_at, CASE WHEN k.secret_hash <> $1 THEN k.previous_valid_until END) AS valid_until
         FROM api_keys k JOIN users u ON u.id = k.user_id
        WHERE k.secret_hash = $1 OR k.previous_secret_hash = $1`,
      [hash],
    );
    if (!row) return 'unknown';
    if (row.status !== 'active') return 'resting';
    return {
      id: row.id,
      keyId: row.key_id,
      userId: row.user_id,
      role: row.role,
      scopes: row.scopes,
      networks: row.allowed_networks && parseNetworks(row.allowed_networks),
      expiresAt: row.expires_at,
      validUntil: row.valid_until,
    };
  }
}

function mayBeUsedFromHere({ networks }: KnownKey): boolean {
  return networks === null || isWithin(networks, requestContext.getStore()?.ip ?? '');
}
