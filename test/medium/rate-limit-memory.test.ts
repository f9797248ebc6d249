import { randomUUID } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RateLimits } from '../../src/modules/rate-limits/rate-limits.js';
import { RateLimitStore } from '../../src/modules/rate-limits/rate-limit-store.js';
import { startApp, type TestApp } from '../support/app.js';
import { callerFrom } from '../support/caller.js';
import { freshAddress } from '../support/networks.js';

const POINTS = 100;

let app: TestApp;
const limiter = vi.spyOn(RateLimitStore.prototype, 'limiter');
beforeAll(async () => {
  app = await startApp({ env: { RATE_LIMIT_ENABLED: 'true' } });
});
afterAll(() => app.close());

/** How many keys the memory holds for a limit. */
function held(name: string): number {
  const made = limiter.mock.results[limiter.mock.calls.findIndex(([limit]) => limit === name)]?.value;
  if (!(made instanceof RateLimiterMemory)) throw new Error(`${name} is not counted in memory`);
  return made.dump().storage.length;
}

describe('SECURITY 5: guesses at a new name each, counted in memory', () => {
  const limits = (): RateLimits => app.nest.get(RateLimits, { strict: false });
  const aName = () => ({ unknownName: `${randomUUID()}@example.com` });

  it('hold one key each until their network is refused, and none beyond', async () => {
    const caller = callerFrom(freshAddress());
    const before = held('login-account');
    for (let i = 0; i < POINTS; i++) await (await limits().begin(aName(), caller)).settle('wrong');
    for (let i = 0; i < 50; i++) {
      await expect(limits().begin(aName(), caller)).rejects.toMatchObject({ code: 'rate_limited' });
    }
    expect(held('login-account')).toBe(before + POINTS);
  });

  it.each(['right', 'unmade'] as const)('hold no key once they are settled as %s', async (outcome) => {
    const caller = callerFrom(freshAddress());
    const before = [held('login-account'), held('login-network')];
    for (let i = 0; i < 50; i++) await (await limits().begin(aName(), caller)).settle(outcome);
    expect([held('login-account'), held('login-network')]).toEqual(before);
  });
});
