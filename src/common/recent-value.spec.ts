import { describe, expect, it } from 'vitest';
import { TestClock } from '../../test/support/clock.js';
import { RecentValue } from './recent-value.js';

const LIMITS = { maxAgeMs: 10_000, patienceMs: 1 };

function counting(): { clock: TestClock; value: RecentValue<number>; errors: unknown[]; break(): void; hang(): void } {
  const clock = new TestClock();
  const errors: unknown[] = [];
  let reads = 0;
  let state: 'works' | 'fails' | 'hangs' = 'works';
  const read = async (): Promise<number> => {
    if (state === 'fails') throw new Error('no database');
    if (state === 'hangs') await new Promise(() => undefined);
    return ++reads;
  };
  const value = new RecentValue(clock, read, (error) => errors.push(error), LIMITS);
  return { clock, value, errors, break: () => (state = 'fails'), hang: () => (state = 'hangs') };
}

describe('RecentValue', () => {
  it('is read once for all who ask within its age', async () => {
    const { clock, value } = counting();
    expect(await Promise.all([value.latest(), value.latest()])).toEqual([1, 1]);
    clock.advance(9);
    expect(await value.latest()).toBe(1);
    clock.advance(1);
    expect(await value.latest()).toBe(2);
  });

  it('stays what it was when it cannot be read, or not soon enough', async () => {
    for (const trouble of ['break', 'hang'] as const) {
      const it = counting();
      expect(await it.value.latest()).toBe(1);
      it[trouble]();
      it.clock.advance(60);
      expect(await it.value.latest()).toBe(1);
      expect(it.errors).toHaveLength(trouble === 'break' ? 1 : 0);
    }
  });

  it('is undefined before it was read', async () => {
    const { value, break: breakIt } = counting();
    breakIt();
    expect(await value.latest()).toBeUndefined();
  });
});
