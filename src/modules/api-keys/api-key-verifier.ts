import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import type { Role, Scope, UserStatus } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { GuessOutcome } from '../rate-limits/guess.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { sessionLimit } from '../users/session-limit.js';
import { hashApiKey, isWellFormedApiKey } from './api-key-secret.js';
import { type CachedKey, KeyCache, type KeyLookup } from './key-cache.js';
import { KeyUses } from './key-uses.js';
import { parseNetworks } from './networks.js';

/** A valid API key. */
export interface VerifiedApiKey {
  readonly id: string;
  readonly keyId: string;
  /** The SHA-256 of the secret that was presented: of a rotated key, two are valid. */
  readonly secretHash: Buffer;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** When the key expires, with all its secrets; null: never. */
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
  readonly email_verified_at: Date | null;
  readonly has_factor: boolean;
}

/** Resolves an API key to its owner, its scopes and the owner's current role. */
@Injectable()
export class ApiKeyVerifier {
  constructor(
    private readonly database: Database,
    private readonly cache: KeyCache,
    private readonly uses: KeyUses,
    private readonly limits: RateLimits,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Verifies a key and counts its use. A string without a key's form and checksum costs no query, nor does a cached key.
   * @throws DomainError `invalid_api_key`, the same for every cause: unknown, expired, rotated, used from outside its
   *   networks, owner not active; `email_not_verified`, `second_factor_setup_required` where the owner has to do
   *   something first; `rate_limited`
   */
  async verify(secret: string, caller: Caller): Promise<VerifiedApiKey> {
    if (!isWellFormedApiKey(secret)) throw new DomainError('invalid_api_key');
    const secretHash = hashApiKey(secret);
    const key = await this.cache.find(secretHash, () => this.look(secretHash, caller));
    if (!key || !this.isValid(key)) throw new DomainError('invalid_api_key');
    this.uses.assertAllowed(key, caller);
    const limit = sessionLimit(key, this.config);
    if (limit !== undefined) this.uses.deny(key, limit);
    this.uses.record(key, this.clock.now());
    await this.limits.count('api-key', key.keyId);
    const { id, keyId, userId, role, scopes, expiresAt } = key;
    return { id, keyId, secretHash, userId, role, scopes, expiresAt };
  }

  /**
   * Asserts that a secret is still valid, and its owner has the same role. Always asks the database, and counts no use.
   * @throws DomainError `invalid_api_key`, `email_not_verified`, `second_factor_setup_required`, as {@link verify}
   */
  async assertStillValid(secretHash: Buffer, role: Role): Promise<void> {
    const key = await this.read(secretHash);
    if (key === 'unknown' || key.role !== role || !this.isValid(key)) throw new DomainError('invalid_api_key');
    const limit = sessionLimit(key, this.config);
    if (limit !== undefined) throw new DomainError(limit);
  }

  private isValid({ isOwnerActive, validUntil }: CachedKey): boolean {
    return isOwnerActive && (validUntil === null || validUntil > this.clock.now());
  }

  /** Lookups of unknown keys are limited per network. */
  private async look(hash: Buffer, caller: Caller): Promise<KeyLookup> {
    const attempt = await this.limits.beginKeyLookup(caller);
    let outcome: GuessOutcome = 'unmade';
    try {
      const lookup = await this.read(hash);
      outcome = lookup === 'unknown' ? 'wrong' : 'right';
      return lookup;
    } finally {
      await attempt.settle(outcome);
    }
  }

  /** In SQL, `LEAST` ignores nulls. */
  private async read(hash: Buffer): Promise<KeyLookup> {
    const [row] = await this.database.prepared<KeyRow>(
      'find API key by secret',
      `SELECT k.id, k.key_id, k.user_id, k.scopes, k.allowed_networks, k.expires_at, u.role, u.status, u.email_verified_at,
              u.totp_enabled_at IS NOT NULL OR u.passkey_count > 0 AS has_factor,
              LEAST(k.expires_at, CASE WHEN k.secret_hash <> $1 THEN k.previous_valid_until END) AS valid_until
         FROM api_keys k JOIN users u ON u.id = k.user_id
        WHERE k.secret_hash = $1 OR k.previous_secret_hash = $1`,
      [hash],
    );
    if (!row) return 'unknown';
    return {
      id: row.id,
      keyId: row.key_id,
      userId: row.user_id,
      isOwnerActive: row.status === 'active',
      role: row.role,
      scopes: row.scopes,
      networks: row.allowed_networks && parseNetworks(row.allowed_networks),
      expiresAt: row.expires_at,
      validUntil: row.valid_until,
      emailVerifiedAt: row.email_verified_at,
      secondFactor: row.has_factor,
    };
  }
}
