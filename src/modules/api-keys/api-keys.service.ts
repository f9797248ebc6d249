import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { API_KEYS_PER_USER_MAX } from '../../common/limits.js';
import { DEFAULT_SCOPES, type Principal, type Scope } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockOwnAccount } from '../users/own-account.js';
import {
  generateApiKey,
  generateKeyId,
  hashApiKey,
  isKeyId,
  isWellFormedApiKey,
  lastFourOf,
} from './api-key-secret.js';
import { ApiKey } from './api-key.entity.js';
import { canonicalNetwork } from './networks.js';

const DEFAULT_NAME = 'API key';

export interface NewApiKey {
  readonly name?: string | null;
  readonly scopes?: readonly Scope[] | null;
  /** When the key expires; absent: never. */
  readonly expiresAt?: Date | null;
  /** The networks it may be used from, in CIDR notation; absent: any. */
  readonly allowedNetworks?: readonly string[] | null;
}

/** How long the old secret of a rotated key stays valid by default: a day. */
export const ROTATION_OVERLAP_DEFAULT_SECONDS = 86_400;

/** A key whose secret has leaked. */
export interface LeakedKey {
  readonly keyId: string;
  readonly userId: string;
}

/** Creates, lists, rotates and deletes a user's API keys, and revokes leaked ones. */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly changes: AccountChanges,
  ) {}

  /**
   * Creates a key. `secret` is returned only here: it cannot be read again.
   * @throws DomainError `api_key_limit_reached`; `invalid_request` for an expiry in the past or an invalid network;
   *   `invalid_token` when the session was revoked meanwhile
   */
  async create(principal: Principal, input: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
    const now = this.clock.now();
    if (input.expiresAt && input.expiresAt <= now) throw expiryInPast();
    const secret = generateApiKey();
    const key: ApiKey = {
      id: newId(),
      keyId: generateKeyId(),
      userId: principal.userId,
      name: input.name ?? DEFAULT_NAME,
      secretHash: hashApiKey(secret),
      lastFour: lastFourOf(secret),
      previousSecretHash: null,
      previousValidUntil: null,
      scopes: [...(input.scopes ?? DEFAULT_SCOPES)],
      allowedNetworks: canonicalNetworks(input.allowedNetworks),
      expiresAt: input.expiresAt ?? null,
      createdAt: now,
      rotatedAt: null,
      lastUsedAt: null,
    };
    await this.database.transaction(async (manager) => {
      // The lock also makes concurrent requests wait for one another, so that each counts the keys of those before it.
      const owner = await lockOwnAccount(manager, principal);
      if ((await manager.countBy(ApiKey, { userId: owner.id })) >= API_KEYS_PER_USER_MAX) {
        throw new DomainError('api_key_limit_reached');
      }
      await manager.insert(ApiKey, key);
      await this.changes.notify(manager, 'api-key-added', owner.id);
    });
    await this.changes.record('api_key.created', {
      actorId: principal.userId,
      userId: principal.userId,
      keyId: key.keyId,
    });
    return { key, secret };
  }

  /** The principal's keys, newest first. */
  async list(principal: Principal): Promise<ApiKey[]> {
    return this.keys.find({ where: { userId: principal.userId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /**
   * Gives a key a new secret, which is returned only here. Its current secret stays valid for `overlapSeconds`; an
   * older one is revoked at once, so at most two secrets of a key are valid at any time.
   * @throws DomainError `api_key_not_found`, also for another user's key; `invalid_request` for an expired key;
   *   `invalid_token` when the session was revoked meanwhile
   */
  async rotate(
    principal: Principal,
    keyId: string,
    overlapSeconds = ROTATION_OVERLAP_DEFAULT_SECONDS,
  ): Promise<{ key: ApiKey; secret: string }> {
    if (!isKeyId(keyId)) throw keyNotFound();
    const now = this.clock.now();
    const secret = generateApiKey();
    const key = await this.database.transaction(async (manager) => {
      await lockOwnAccount(manager, principal);
      const before = await manager.findOne(ApiKey, {
        where: { keyId, userId: principal.userId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!before) throw keyNotFound();
      if (before.expiresAt && before.expiresAt <= now) {
        throw new DomainError('invalid_request', { message: 'This API key has expired; create a new one' });
      }
      const overlaps = overlapSeconds > 0;
      const change = {
        secretHash: hashApiKey(secret),
        lastFour: lastFourOf(secret),
        previousSecretHash: overlaps ? before.secretHash : null,
        previousValidUntil: overlaps ? addSeconds(now, overlapSeconds) : null,
        rotatedAt: now,
      };
      await manager.update(ApiKey, { id: before.id }, change);
      // A new secret is as good as a new key.
      await this.changes.notify(manager, 'api-key-rotated', principal.userId);
      return { ...before, ...change };
    });
    await this.changes.record('api_key.rotated', { actorId: principal.userId, userId: principal.userId, keyId });
    return { key, secret };
  }

  /**
   * Deletes a key and the sessions that are bound to it.
   * @throws DomainError `api_key_not_found`, also for another user's; `invalid_token` when the session was revoked meanwhile
   */
  async delete(principal: Principal, keyId: string): Promise<void> {
    if (!isKeyId(keyId)) throw keyNotFound();
    await this.database.transaction(async (manager) => {
      await lockOwnAccount(manager, principal);
      const { affected } = await manager.delete(ApiKey, { keyId, userId: principal.userId });
      if (!affected) throw keyNotFound();
      await this.changes.notify(manager, 'api-key-removed', principal.userId);
    });
    await this.changes.record('api_key.revoked', { actorId: principal.userId, userId: principal.userId, keyId });
  }

  /**
   * Revokes the key with this secret, whose owner can be any user: that the secret is known proves the leak. Of a
   * rotated key, the old secret alone is revoked, so that an owner who rotated in time is not interrupted. Undefined when
   * no key has this secret.
   */
  async revokeLeaked(principal: Principal, secret: string): Promise<LeakedKey | undefined> {
    if (!isWellFormedApiKey(secret)) return undefined;
    const hash = hashApiKey(secret);
    const leaked = await this.database.transaction(async (manager) => {
      const revoked = await revokeSecret(manager, hash);
      if (revoked) await this.changes.notify(manager, 'api-key-removed', revoked.userId);
      return revoked;
    });
    if (!leaked) return undefined;
    await this.changes.record('api_key.leaked', { actorId: principal.userId, ...leaked });
    return leaked;
  }
}

/** Deletes the key with this secret, or ends it as the former secret of a key. Undefined if there is none. */
async function revokeSecret(manager: EntityManager, hash: Buffer): Promise<LeakedKey | undefined> {
  // The user's row first, like everywhere.
  await manager.query(
    `SELECT FROM users
      WHERE id IN (SELECT user_id FROM api_keys WHERE secret_hash = $1 OR previous_secret_hash = $1) FOR NO KEY UPDATE`,
    [hash],
  );
  const [[deleted]] = await manager.query<[LeakedKey[], number]>(
    'DELETE FROM api_keys WHERE secret_hash = $1 RETURNING key_id AS "keyId", user_id AS "userId"',
    [hash],
  );
  if (deleted) return deleted;
  const [[former]] = await manager.query<[LeakedKey[], number]>(
    `UPDATE api_keys SET previous_secret_hash = NULL, previous_valid_until = NULL
      WHERE previous_secret_hash = $1 RETURNING key_id AS "keyId", user_id AS "userId"`,
    [hash],
  );
  return former;
}

/** Each network once, in canonical form; null: any. */
function canonicalNetworks(networks: readonly string[] | null | undefined): string[] | null {
  if (networks == null) return null;
  const canonical = networks.map((network) => {
    const spelling = canonicalNetwork(network);
    if (spelling === undefined)
      throw invalidField({
        field: 'allowedNetworks',
        code: 'format',
        message: 'allowedNetworks must be networks in CIDR notation',
      });
    return spelling;
  });
  return [...new Set(canonical)];
}

function expiryInPast(): DomainError {
  const message = 'expiresAt must be in the future';
  return invalidField({ field: 'expiresAt', code: 'in_past', message, hint: 'Choose a time in the future' });
}

function keyNotFound(): DomainError {
  return new DomainError('api_key_not_found');
}
