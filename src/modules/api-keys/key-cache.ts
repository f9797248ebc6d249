import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../common/clock.js';
import type { Role, Scope } from '../../common/principal.js';
import type { RevocationKind } from '../revocations/revocation.entity.js';
import type { ReadRevocation } from '../revocations/revocation-reader.js';
import { Revocations } from '../revocations/revocations.js';
import type { Network } from './networks.js';

/** A key as it is cached, found by one of its secrets. */
export interface CachedKey {
  readonly id: string;
  readonly keyId: string;
  readonly userId: string;
  /** False: the key is refused. Cached all the same, so that its calls cost no query. */
  readonly isOwnerActive: boolean;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The networks it may be used from; null: any. */
  readonly networks: readonly Network[] | null;
  /** When the key expires, with all its secrets; null: never. */
  readonly expiresAt: Date | null;
  /** When this secret expires; null: never. */
  readonly validUntil: Date | null;
  /** When the owner's address was verified; null: never. */
  readonly emailVerifiedAt: Date | null;
  /** Whether the owner has TOTP or a passkey. */
  readonly secondFactor: boolean;
}

/** What the database has for a secret. */
export type KeyLookup = CachedKey | 'unknown';

const KEYS_MAX = 10_000;
const KEYS_TTL_MS = 300_000;
const UNKNOWN_MAX = 10_000;
const UNKNOWN_TTL_MS = 60_000;

export interface KeyCacheStats {
  /** Lookups since the start that memory answered. */
  readonly hits: number;
  /** Lookups since the start that went to the database. */
  readonly misses: number;
  readonly size: number;
}

/**
 * Caches API keys by the SHA-256 of their secret, so that a key in use costs no query. Cached keys are used only while
 * every revocation so far is known here, and are dropped when the key or its owner changes on any instance.
 *
 * Unknown secrets have a cache of their own, so that a flood of them evicts no key. That one is used at any time: a
 * secret is 190 random bits drawn when its key is made, so none that was unknown once ever becomes valid.
 */
@Injectable()
export class KeyCache implements OnModuleInit {
  private readonly keys: LRUCache<string, CachedKey>;
  private readonly unknown: LRUCache<string, true>;
  private generation = 0;
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly revocations: Revocations,
    clock: Clock,
  ) {
    const time = { perf: { now: () => clock.now().getTime() }, ttlResolution: 0 };
    this.keys = new LRUCache({ max: KEYS_MAX, ttl: KEYS_TTL_MS, ...time });
    this.unknown = new LRUCache({ max: UNKNOWN_MAX, ttl: UNKNOWN_TTL_MS, ...time });
  }

  onModuleInit(): void {
    this.revocations.subscribe({
      revoked: (revocations) => this.drop(subjectsOf(revocations, 'api_key'), subjectsOf(revocations, 'owner')),
      missed: () => {
        this.generation++;
        this.keys.clear();
      },
    });
  }

  /** The key with this hash, from memory or as `read` finds it; undefined when there is none. */
  async find(hash: Buffer, read: () => Promise<KeyLookup>): Promise<CachedKey | undefined> {
    const name = hash.toString('base64');
    const isCurrent = this.revocations.isCurrent();
    const cached = isCurrent ? this.keys.get(name) : undefined;
    if (cached || this.unknown.has(name)) {
      this.hits++;
      return cached;
    }
    this.misses++;
    const generation = this.generation;
    const lookup = await read();
    if (lookup === 'unknown') {
      this.unknown.set(name, true);
      return undefined;
    }
    // A key that was read before a change must not be cached after it.
    if (isCurrent && this.revocations.isCurrent() && generation === this.generation) this.keys.set(name, lookup);
    return lookup;
  }

  stats(): KeyCacheStats {
    return { hits: this.hits, misses: this.misses, size: this.keys.size };
  }

  /** Walks the cache once, however many keys and owners there are. */
  private drop(ids: ReadonlySet<string>, ownerIds: ReadonlySet<string>): void {
    if (ids.size === 0 && ownerIds.size === 0) return;
    this.generation++;
    for (const [name, { id, userId }] of [...this.keys.entries()]) {
      if (ids.has(id) || ownerIds.has(userId)) this.keys.delete(name);
    }
  }
}

function subjectsOf(revocations: readonly ReadRevocation[], kind: RevocationKind): ReadonlySet<string> {
  return new Set(revocations.filter((revocation) => revocation.kind === kind).map(({ subject }) => subject));
}
