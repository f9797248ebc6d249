import { describe, expect, it } from 'vitest';
import { MemoryLimiter } from './memory-limiter.js';

const keysOf = (limiter: MemoryLimiter): (string | number)[] => limiter.dump().storage.map(({ key }) => key);

describe('MemoryLimiter', () => {
  it('forgets a key whose points were all given back, and no other', async () => {
    const limiter = new MemoryLimiter({ points: 10, duration: 900 });
    for (const key of ['once', 'twice', 'twice']) await limiter.consume(key);
    for (const key of ['once', 'twice', 'never']) await limiter.reward(key);
    expect(keysOf(limiter)).toEqual(['twice']);
  });

  it('keeps a point that is taken while the last one is given back', async () => {
    const limiter = new MemoryLimiter({ points: 10, duration: 900 });
    await limiter.consume('network');
    await Promise.all([limiter.reward('network'), limiter.consume('network')]);
    expect((await limiter.get('network'))?.consumedPoints).toBe(1);
  });

  it('counts, and refuses, as without it', async () => {
    const limiter = new MemoryLimiter({ points: 1, duration: 900 });
    expect(await limiter.consume('network')).toMatchObject({ consumedPoints: 1, remainingPoints: 0 });
    await expect(limiter.consume('network')).rejects.toMatchObject({ consumedPoints: 2 });
    expect(await limiter.reward('network')).toMatchObject({ consumedPoints: 1 });
  });
});
