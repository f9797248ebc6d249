import { Injectable } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { Freshness } from '../../common/freshness.js';
import type { Role, Scope } from '../../common/principal.js';
import type { Network } from './networks.js';

/** What is known of a key whose text was verified, and whose owner was active then. */
export interface KnownKey {
  readonly id: string;
  readonly keyId: string;
  readonly userId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** Where it may be used from; null: from anywhere. */
  readonly networks: readonly Network[] | null;
  /** When the key itself ends; null: never by itself. */
  readonly expiresAt: Date | null;
  /** The first instant at which this text no longer opens anything; null: none is set. */
  readonly validUntil: Date | null;
}

/** What the database says of a key's text: a key, one that opens nothing now, or no such key. */
export type KeyFinding = KnownKey | 'resting' | 'unknown';

const KNOWN_MAX = 10_000;
const KNOWN_FOR_MS = 300_000;
const UNKNOWN_MAX = 10_000;
const UNKNOWN_FOR_MS = 60_000;

export interface KeyCacheStats {
  /** Look-ups that memory answered, and those that went to the database, since the start. */
  readonly hits: number;
  readonly misses: number;
  /** Keys that are remembered now. */
  readonly size: number;
}

interface Entry {
  readonly key?: KnownKey;
  readonly since: number;
}

/**
 * Remembers keys by the SHA-256 of their whole text, so that a known one costs no query: at most 10,000, for at most
 * five minutes each, and only while {@link Freshness} says that whatever was taken back has been heard of. What comes
 * in with `forget`, `forgetOwner` and `clear` holds for look-ups that are still under way too.
 *
 * Unknown texts with a right checksum are remembered apart, so that a flood of them pushes no good key out, and
 * whatever Freshness says: a key is 190 random bits drawn when it is made, so nobody can have asked for it before, and
 * no text that was unknown once becomes a key later, on any instance.
 */
@Injectable()
export class KeyCache {
  private readonly known = new Map<string, Entry>();
  private readonly unknown = new Map<string, Entry>();
  private timesForgotten = 0;
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly freshness: Freshness,
    private readonly clock: Clock,
  ) {}

  /** The key with this hash: from memory, else as `read` finds it; undefined when nothing may be opened with it. */
  async find(hash: Buffer, read: () => Promise<KeyFinding>): Promise<KnownKey | undefined> {
    const name = hash.toString('base64');
    const now = this.clock.now().getTime();
    const isSure = this.freshness.isSure();
    const hit = isSure ? this.known.get(name) : undefined;
    if (hit && isRecent(hit, now, KNOWN_FOR_MS)) {
      this.hits++;
      return hit.key;
    }
    const miss = this.unknown.get(name);
    if (miss && isRecent(miss, now, UNKNOWN_FOR_MS)) {
      this.hits++;
      return undefined;
    }
    this.misses++;

    const timesForgotten = this.timesForgotten;
    const finding = await read();
    if (finding === 'resting') return undefined;
    if (finding === 'unknown') {
      keep(this.unknown, name, { since: now }, UNKNOWN_MAX);
      return undefined;
    }
    // Forgotten meanwhile means: what was read may be from before the change.
    if (isSure && this.freshness.isSure() && timesForgotten === this.timesForgotten) {
      keep(this.known, name, { key: finding, since: now }, KNOWN_MAX);
    }
    return finding;
  }

  /** Call when a key was deleted, rotated or changed. `apiKeyId` is the row's id. */
  forget(apiKeyId: string): void {
    this.forgetWhere((key) => key.id === apiKeyId);
  }

  /** Call when a person's status or role changed, or they were deleted. */
  forgetOwner(userId: string): void {
    this.forgetWhere((key) => key.userId === userId);
  }

  /** Call when something may have been missed. */
  clear(): void {
    this.forgetWhere(() => true);
  }

  stats(): KeyCacheStats {
    return { hits: this.hits, misses: this.misses, size: this.known.size };
  }

  private forgetWhere(applies: (key: KnownKey) => boolean): void {
    this.timesForgotten++;
    for (const [name, { key }] of this.known) if (key && applies(key)) this.known.delete(name);
  }
}

/** Not from the future either: a clock that was put back must not make an entry last longer. */
function isRecent({ since }: Entry, now: number, forMs: number): boolean {
  return since <= now && now - since < forMs;
}

function keep(entries: Map<string, Entry>, name: string, entry: Entry, max: number): void {
  entries.delete(name);
  entries.set(name, entry);
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(oldest);
  }
}
