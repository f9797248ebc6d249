import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { DEFAULT_SCOPES, type Principal, type Scope } from '../../common/principal.js';
import { inTransaction } from '../../database/transaction.js';
import { Revocations } from '../revocations/revocations.service.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { User } from '../users/user.entity.js';
import { generateApiKey, generateKeyId, hashApiKey, isKeyId, isWellFormedApiKey } from './api-key-secret.js';
import { ApiKey } from './api-key.entity.js';
import { canonicalNetwork } from './networks.js';

export const API_KEYS_PER_USER_MAX = 100;
const DEFAULT_NAME = 'API key';

export interface NewApiKey {
  readonly name?: string | null;
  readonly scopes?: readonly Scope[] | null;
  /** When the key stops working; absent: never by itself. */
  readonly expiresAt?: Date | null;
  /** Networks in CIDR notation that it may be used from; absent: from anywhere. */
  readonly allowedNetworks?: readonly string[] | null;
}

/** How long the old secret of a rotated key goes on opening: a day, for whoever does not say. */
export const ROTATION_OVERLAP_DEFAULT_SECONDS = 86_400;

/** The row as the database hands it back, named by its columns. */
interface RevokedRow {
  readonly id: string;
  readonly key_id: string;
  readonly user_id: string;
}

/** API keys: made, listed, rotated and deleted by their owner, and revoked by whoever reports one as leaked. */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Makes a key. `secret` is the only copy of it there will ever be.
   * @throws DomainError `api_key_limit_reached`; `invalid_request` for an expiry that is past or a network that is none
   */
  async create(principal: Principal, input: NewApiKey): Promise<{ key: ApiKey; secret: string }> {
    const now = this.clock.now();
    if (input.expiresAt && input.expiresAt <= now) throw invalidField('expiresAt', 'expiresAt must be in the future');
    const secret = generateApiKey();
    const key: ApiKey = {
      id: newId(),
      keyId: generateKeyId(),
      userId: principal.userId,
      name: input.name ?? DEFAULT_NAME,
      secretHash: hashApiKey(secret),
      previousSecretHash: null,
      previousValidUntil: null,
      scopes: [...(input.scopes ?? DEFAULT_SCOPES)],
      allowedNetworks: canonicalNetworks(input.allowedNetworks),
      expiresAt: input.expiresAt ?? null,
      createdAt: now,
      lastUsedAt: null,
    };
    await inTransaction(this.dataSource, async (manager) => {
      // The owner's row is the gate: of several requests at once, each counts what the one before it added.
      const owner = await manager.findOne(User, {
        where: { id: principal.userId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!owner) throw new DomainError('invalid_token', 'The account no longer exists');
      if ((await manager.countBy(ApiKey, { userId: owner.id })) >= API_KEYS_PER_USER_MAX) {
        throw new DomainError(
          'api_key_limit_reached',
          `You have ${API_KEYS_PER_USER_MAX} API keys, which is the most; delete one first`,
        );
      }
      await manager.insert(ApiKey, key);
    });
    this.events.record('api_key.created', { actorId: principal.userId, userId: principal.userId, keyId: key.keyId });
    return { key, secret };
  }

  /** The principal's keys, newest first. */
  async list(principal: Principal): Promise<ApiKey[]> {
    return this.keys.find({ where: { userId: principal.userId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /**
   * Gives a key a new secret, the only copy there will ever be, and lets the one it had open for `overlapSeconds` more.
   * Whatever came before that one is over: at most two secrets of a key are good at any time.
   * @throws DomainError `api_key_not_found`, another's key too; `invalid_request` for a key that has expired
   */
  async rotate(
    principal: Principal,
    keyId: string,
    overlapSeconds = ROTATION_OVERLAP_DEFAULT_SECONDS,
  ): Promise<{ key: ApiKey; secret: string }> {
    if (!isKeyId(keyId)) throw keyNotFound();
    const now = this.clock.now();
    const secret = generateApiKey();
    const key = await inTransaction(this.dataSource, async (manager) => {
      const before = await manager.findOne(ApiKey, {
        where: { keyId, userId: principal.userId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!before) throw keyNotFound();
      if (before.expiresAt && before.expiresAt <= now) {
        throw new DomainError('invalid_request', 'This API key has expired; make a new one instead');
      }
      const overlaps = overlapSeconds > 0;
      const change = {
        secretHash: hashApiKey(secret),
        previousSecretHash: overlaps ? before.secretHash : null,
        previousValidUntil: overlaps ? addSeconds(now, overlapSeconds) : null,
      };
      await manager.update(ApiKey, { id: before.id }, change);
      return { ...before, ...change };
    });
    await this.revocations.catchUp();
    this.events.record('api_key.rotated', { actorId: principal.userId, userId: principal.userId, keyId });
    return { key, secret };
  }

  /** Deletes a key and the feed sessions bound to it. @throws DomainError `api_key_not_found`, another's key too */
  async delete(principal: Principal, keyId: string): Promise<void> {
    const [rows] = isKeyId(keyId)
      ? await this.dataSource.query<[RevokedRow[], number]>(
          'DELETE FROM api_keys WHERE key_id = $1 AND user_id = $2 RETURNING id, key_id, user_id',
          [keyId, principal.userId],
        )
      : [[]];
    const [row] = rows;
    if (!row) throw keyNotFound();
    await this.revocations.catchUp();
    this.events.record('api_key.revoked', { actorId: principal.userId, userId: principal.userId, keyId });
  }

  /**
   * Revokes the key with this text, whoever owns it: holding it is proof enough that it has leaked. Where it is the old
   * secret of a rotated key, that secret alone ends, so that whoever rotated in time is not cut off. Undefined when
   * there is no such key (any more).
   */
  async revokeLeaked(principal: Principal, secret: string): Promise<{ keyId: string; userId: string } | undefined> {
    if (!isWellFormedApiKey(secret)) return undefined;
    const hash = hashApiKey(secret);
    const [deleted] = await this.dataSource.query<[RevokedRow[], number]>(
      'DELETE FROM api_keys WHERE secret_hash = $1 RETURNING id, key_id, user_id',
      [hash],
    );
    const [cut] = deleted[0]
      ? [deleted]
      : await this.dataSource.query<[RevokedRow[], number]>(
          `UPDATE api_keys SET previous_secret_hash = NULL, previous_valid_until = NULL
            WHERE previous_secret_hash = $1 RETURNING id, key_id, user_id`,
          [hash],
        );
    const [row] = cut;
    if (!row) return undefined;
    await this.revocations.catchUp();
    const leaked = { keyId: row.key_id, userId: row.user_id };
    this.events.record('api_key.leaked', { actorId: principal.userId, ...leaked });
    return leaked;
  }
}

/** Each network once, in its one spelling; null where the key may be used from anywhere. */
function canonicalNetworks(networks: readonly string[] | null | undefined): string[] | null {
  if (networks == null) return null;
  const canonical = networks.map((network) => {
    const spelling = canonicalNetwork(network);
    if (spelling === undefined)
      throw invalidField('allowedNetworks', 'allowedNetworks must be networks in CIDR notation');
    return spelling;
  });
  return [...new Set(canonical)];
}

function keyNotFound(): DomainError {
  return new DomainError('api_key_not_found', 'API key not found');
}
