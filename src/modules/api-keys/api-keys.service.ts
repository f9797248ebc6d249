import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { DEFAULT_SCOPES, type Principal, type Role, type Scope, type UserStatus } from '../../common/principal.js';
import { inTransaction } from '../../database/transaction.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { User } from '../users/user.entity.js';
import { generateApiKey, generateKeyId, hashApiKey, isWellFormedApiKey } from './api-key-secret.js';
import { ApiKey } from './api-key.entity.js';
import { LastUsedRecorder } from './last-used.recorder.js';

export const API_KEYS_PER_USER_MAX = 100;
const DEFAULT_NAME = 'API key';

export interface NewApiKey {
  readonly name?: string | null;
  readonly scopes?: readonly Scope[] | null;
  /** When the key stops working; absent: never by itself. */
  readonly expiresAt?: Date | null;
}

/** A key that was presented and found good, and what it allows at this moment. */
export interface VerifiedApiKey {
  readonly id: string;
  readonly keyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
}

interface KeyRow {
  readonly id: string;
  readonly key_id: string;
  readonly user_id: string;
  readonly scopes: Scope[];
  readonly expires_at: Date | null;
  readonly role: Role;
  readonly status: UserStatus;
}

/** API keys: made and listed by their owner, verified on every call that carries one. */
@Injectable()
export class ApiKeysService {
  constructor(
    @InjectRepository(ApiKey) private readonly keys: Repository<ApiKey>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly lastUsed: LastUsedRecorder,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Makes a key. `secret` is the only copy of it there will ever be.
   * @throws DomainError `api_key_limit_reached`; `invalid_request` for an expiry that is past
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
      scopes: [...(input.scopes ?? DEFAULT_SCOPES)],
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

  /** Deletes a key and the feed sessions bound to it. @throws DomainError `api_key_not_found`, another's key too */
  async delete(principal: Principal, keyId: string): Promise<void> {
    const known = keyId.isWellFormed() && !keyId.includes('\0');
    const { affected } = known ? await this.keys.delete({ keyId, userId: principal.userId }) : { affected: 0 };
    if (!affected) throw new DomainError('api_key_not_found', 'API key not found');
    this.events.record('api_key.revoked', { actorId: principal.userId, userId: principal.userId, keyId });
  }

  /**
   * Says whose key this is and what it allows now. A text without a key's form and checksum costs no query.
   * @throws DomainError `invalid_api_key` when it is unknown, expired, or its owner is not active
   */
  async verify(secret: string): Promise<VerifiedApiKey> {
    const row = isWellFormedApiKey(secret) ? await this.findBySecret(secret) : undefined;
    const now = this.clock.now();
    if (!row || row.status !== 'active' || (row.expires_at && row.expires_at <= now)) {
      throw new DomainError('invalid_api_key', 'API key invalid or not provided.');
    }
    this.lastUsed.record(row.id, now);
    return { id: row.id, keyId: row.key_id, userId: row.user_id, role: row.role, scopes: row.scopes };
  }

  // Plain SQL: this runs on every call of every integration.
  private async findBySecret(secret: string): Promise<KeyRow | undefined> {
    const rows = await this.dataSource.query<KeyRow[]>(
      `SELECT k.id, k.key_id, k.user_id, k.scopes, k.expires_at, u.role, u.status
         FROM api_keys k JOIN users u ON u.id = k.user_id
        WHERE k.secret_hash = $1`,
      [hashApiKey(secret)],
    );
    return rows[0];
  }
}
