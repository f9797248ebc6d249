import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../../test/support/clock.js';
import { Freshness } from '../../common/freshness.js';
import { KeyCache, type KeyFinding, type KnownKey } from './key-cache.js';

class TestFreshness extends Freshness {
  sure = true;
  override isSure(): boolean {
    return this.sure;
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function key(change: Partial<KnownKey> = {}): KnownKey {
  return {
    id: 'row-1',
    keyId: 'key_1',
    userId: 'user-1',
    role: 'user',
    scopes: ['artists:read'],
    networks: null,
    expiresAt: null,
    validUntil: null,
    ...change,
  };
}

describe('the memory of verified keys', () => {
  let freshness: TestFreshness;
  let clock: TestClock;
  let cache: KeyCache;
  let reads: number;

  beforeEach(() => {
    freshness = new TestFreshness();
    clock = new TestClock();
    cache = new KeyCache(freshness, clock);
    reads = 0;
  });

  const ask = (text: string, finding: KeyFinding | (() => Promise<KeyFinding>)): Promise<KnownKey | undefined> =>
    cache.find(hashOf(text), async () => {
      reads++;
      return typeof finding === 'function' ? finding() : finding;
    });

  it('reads a known key once', async () => {
    expect(await ask('a', key())).toEqual(key());
    expect(await ask('a', 'unknown')).toEqual(key());
    expect(reads).toBe(1);
  });

  it('asks again after five minutes, and when the clock was put back', async () => {
    await ask('a', key());
    clock.advance(299);
    await ask('a', key());
    expect(reads).toBe(1);
    clock.advance(1);
    await ask('a', key());
    expect(reads).toBe(2);
    clock.advance(-7200);
    await ask('a', key());
    expect(reads).toBe(3);
  });

  it('trusts nothing while it cannot be sure, and nothing that it read meanwhile', async () => {
    freshness.sure = false;
    await ask('a', key());
    await ask('a', key());
    expect(reads).toBe(2);
    freshness.sure = true;
    await ask('a', key());
    expect(reads).toBe(3);
    freshness.sure = false;
    expect(await ask('a', 'unknown')).toBeUndefined();
  });

  it.each<[string, () => void]>([
    ['its key', () => cache.forget('row-1')],
    ['its owner', () => cache.forgetOwner('user-1')],
    ['everything', () => cache.clear()],
  ])('forgets when told to forget %s', async (_, forget) => {
    await ask('a', key());
    forget();
    expect(await ask('a', 'resting')).toBeUndefined();
  });

  it('keeps the keys of others when told to forget one', async () => {
    await ask('a', key());
    await ask('b', key({ id: 'row-2', userId: 'user-2' }));
    cache.forget('row-2');
    cache.forgetOwner('user-2');
    await ask('a', key());
    expect(reads).toBe(2);
  });

  it('SECURITY 23: does not keep what was read before a change and arrives after it', async () => {
    await ask('a', async () => {
      cache.forget('row-1');
      return key();
    });
    expect(await ask('a', 'unknown')).toBeUndefined();
  });

  it('SECURITY 22: remembers for a minute that a text is no key, sure or not', async () => {
    freshness.sure = false;
    await ask('a', 'unknown');
    clock.advance(59);
    expect(await ask('a', key())).toBeUndefined();
    expect(reads).toBe(1);
    clock.advance(1);
    expect(await ask('a', key())).toEqual(key());
  });

  it('never remembers a key whose owner is not active: it works as soon as they are', async () => {
    expect(await ask('a', 'resting')).toBeUndefined();
    expect(await ask('a', key())).toEqual(key());
  });

  it('SECURITY 22: is bounded, and a flood of unknown keys pushes no good one out', async () => {
    await ask('good', key());
    for (let i = 0; i <= 10_000; i++) await ask(`unknown ${i}`, 'unknown');
    expect(reads).toBe(10_002);
    await ask('good', key());
    await ask('unknown 10000', 'unknown');
    expect(reads).toBe(10_002);
    await ask('unknown 0', 'unknown');
    expect(reads).toBe(10_003);
  });

  it('is bounded: of more than 10,000 keys, the oldest is asked for again', async () => {
    for (let i = 0; i <= 10_000; i++) await ask(`key ${i}`, key({ id: `row-${i}` }));
    await ask('key 1', key());
    expect(reads).toBe(10_001);
    await ask('key 0', key());
    expect(reads).toBe(10_002);
  });
});
