import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TestClock } from '../../../test/support/clock.js';
import type { RevocationKind } from '../revocations/revocation.entity.js';
import type { RevocationHandler, Revocations } from '../revocations/revocations.js';
import { type CachedKey, KeyCache, type KeyLookup } from './key-cache.js';

/** Revocations as this instance knows them. */
class TestRevocations {
  sure = true;
  handler!: RevocationHandler;
  isCurrent(): boolean {
    return this.sure;
  }
  subscribe(handler: RevocationHandler): void {
    this.handler = handler;
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function key(change: Partial<CachedKey> = {}): CachedKey {
  return {
    id: 'row-1',
    keyId: 'key_1',
    userId: 'user-1',
    isOwnerActive: true,
    role: 'user',
    scopes: ['artists:read'],
    networks: null,
    expiresAt: null,
    validUntil: null,
    emailVerifiedAt: null,
    secondFactor: false,
    ...change,
  };
}

describe('KeyCache', () => {
  let revocations: TestRevocations;
  let clock: TestClock;
  let cache: KeyCache;
  let reads: number;

  beforeEach(() => {
    revocations = new TestRevocations();
    clock = new TestClock();
    cache = new KeyCache(revocations as unknown as Revocations, clock);
    cache.onModuleInit();
    reads = 0;
  });

  const ask = (text: string, lookup: KeyLookup | (() => Promise<KeyLookup>)): Promise<CachedKey | undefined> =>
    cache.find(hashOf(text), async () => {
      reads++;
      return typeof lookup === 'function' ? lookup() : lookup;
    });

  const revoke = (kind: RevocationKind, subject: string): void => revocations.handler.revoked([{ kind, subject }]);

  it('reads a known key once', async () => {
    expect(await ask('a', key())).toEqual(key());
    expect(await ask('a', 'unknown')).toEqual(key());
    expect(reads).toBe(1);
  });

  it('reads a key again when it has been cached for five minutes', async () => {
    await ask('a', key());
    clock.advance(300);
    await ask('a', key());
    expect(reads).toBe(1);
    clock.advance(1);
    await ask('a', key());
    expect(reads).toBe(2);
  });

  it('neither uses nor caches keys while revocations may be missing', async () => {
    revocations.sure = false;
    await ask('a', key());
    await ask('a', key());
    expect(reads).toBe(2);
    revocations.sure = true;
    await ask('a', key());
    expect(reads).toBe(3);
    revocations.sure = false;
    expect(await ask('a', 'unknown')).toBeUndefined();
  });

  it.each<[string, () => void]>([
    ['the key changed', () => revoke('api_key', 'row-1')],
    ['its owner changed', () => revoke('owner', 'user-1')],
    ['changes may have been missed', () => revocations.handler.missed()],
  ])('drops a key when %s', async (_, change) => {
    await ask('a', key());
    change();
    expect(await ask('a', 'unknown')).toBeUndefined();
  });

  it('keeps other keys when one changed', async () => {
    await ask('a', key());
    await ask('b', key({ id: 'row-2', userId: 'user-2' }));
    revoke('api_key', 'row-2');
    revoke('owner', 'user-2');
    revoke('session', 'row-1');
    await ask('a', key());
    expect(reads).toBe(2);
  });

  it('walks through the keys once for a page of revocations, and not for one of sessions', async () => {
    for (let i = 0; i < 4; i++) await ask(`key ${i}`, key({ id: `row-${i}`, userId: `user-${i}` }));
    const walks = vi.spyOn(LRUCache.prototype, 'entries');
    onTestFinished(() => walks.mockRestore());
    const page = (kind: RevocationKind, name: string) =>
      Array.from({ length: 1000 }, (_, i) => ({ kind, subject: `${name}-${2 * i}` }));
    revocations.handler.revoked([...page('api_key', 'row'), ...page('owner', 'user'), ...page('session', 'session')]);
    expect(walks).toHaveBeenCalledTimes(1);
    revocations.handler.revoked(page('session', 'session'));
    expect(walks).toHaveBeenCalledTimes(1);
    expect(cache.stats().size).toBe(2);
    await ask('key 1', 'unknown');
    await ask('key 3', 'unknown');
    expect(reads).toBe(4);
  });

  it('SECURITY 23: does not cache a key that was read before a change', async () => {
    await ask('a', async () => {
      revoke('api_key', 'row-1');
      return key();
    });
    expect(await ask('a', 'unknown')).toBeUndefined();
  });

  it('SECURITY 22: caches for a minute that a secret is unknown', async () => {
    revocations.sure = false;
    await ask('a', 'unknown');
    clock.advance(60);
    expect(await ask('a', key())).toBeUndefined();
    expect(reads).toBe(1);
    clock.advance(1);
    expect(await ask('a', key())).toEqual(key());
  });

  it('caches that an owner is not active, until that changes', async () => {
    const refused = key({ isOwnerActive: false });
    expect(await ask('a', refused)).toEqual(refused);
    expect(await ask('a', key())).toEqual(refused);
    revoke('owner', 'user-1');
    expect(await ask('a', key())).toEqual(key());
  });

  it('SECURITY 22: is bounded, and evicts no key for unknown secrets', async () => {
    await ask('good', key());
    for (let i = 0; i <= 10_000; i++) await ask(`unknown ${i}`, 'unknown');
    expect(reads).toBe(10_002);
    await ask('good', key());
    await ask('unknown 10000', 'unknown');
    expect(reads).toBe(10_002);
    await ask('unknown 0', 'unknown');
    expect(reads).toBe(10_003);
  });

  it('holds at most 10,000 keys, and evicts the one that was used least recently', async () => {
    for (let i = 0; i <= 10_000; i++) await ask(`key ${i}`, key({ id: `row-${i}` }));
    await ask('key 1', key());
    expect(reads).toBe(10_001);
    await ask('key 0', key());
    expect(reads).toBe(10_002);
  });
});
