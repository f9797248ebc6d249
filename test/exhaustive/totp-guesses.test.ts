import { expect, it } from 'vitest';
import { startApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { insertCodeHolder } from '../support/code-holder.js';

const YEAR_MS = 365 * 24 * 3600 * 1000;

it('ACCOUNTS 45: guesses with the right password are at most 900 in a year, with the owner logging in between locks', async () => {
  const clock = new TestClock();
  // The lock on wrong codes holds without rate limits too.
  const app = await startApp({ clock, env: { RATE_LIMIT_ENABLED: 'false' } });
  try {
    const holder = await insertCodeHolder(app, clock);
    const end = clock.now().getTime() + YEAR_MS;
    let [compared, ownerLogins] = [0, 0];
    while (clock.now().getTime() < end) {
      const answer = await holder.try(holder.app.wrongCode());
      if (answer === 'second_factor_required') {
        compared++;
        continue;
      }
      expect(answer).toBe('rate_limited');
      clock.advance(holder.lockedFor);
      if ((await holder.try(holder.app.code())) === 'right') ownerLogins++;
    }
    expect(compared).toBeLessThanOrEqual(900);
    expect(compared).toBeGreaterThan(300);
    expect(ownerLogins).toBeGreaterThan(100);
  } finally {
    await app.close();
  }
});
