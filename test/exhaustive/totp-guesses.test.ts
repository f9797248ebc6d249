import { afterAll, beforeAll, expect, it } from 'vitest';
import { DomainError } from '../../src/common/domain-error.js';
import { SecondFactors } from '../../src/modules/second-factor/second-factors.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { TestClock } from '../support/clock.js';
import { insertTotp } from '../support/second-factor.js';

const YEAR_MS = 365 * 24 * 3600 * 1000;

let app: TestApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  // The lock on wrong codes holds without rate limits too.
  app = await startApp({ clock, env: { RATE_LIMIT_ENABLED: 'false' } });
});
afterAll(() => app.close());

it('ACCOUNTS 45: guesses with the right password are at most 900 in a year, with the owner logging in between locks', async () => {
  const { id } = await insertAccount(app.database);
  const totpEnabledAt = clock.now();
  const authenticator = await insertTotp(app, clock, id);
  const factors = app.nest.get(SecondFactors, { strict: false });
  /** The refusal of a code; undefined: it was right. */
  const refusalOf = async (code: string): Promise<DomainError | undefined> => {
    try {
      await factors.prove({ id, totpEnabledAt }, code, CALLER);
      return undefined;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return error;
    }
  };
  const end = clock.now().getTime() + YEAR_MS;
  let [compared, ownerLogins] = [0, 0];
  while (clock.now().getTime() < end) {
    const refusal = await refusalOf(authenticator.wrongCode());
    if (refusal?.code === 'second_factor_required') {
      compared++;
      continue;
    }
    expect(refusal?.code).toBe('rate_limited');
    clock.advance(refusal?.retryAfterSeconds ?? 0);
    if ((await refusalOf(authenticator.code())) === undefined) ownerLogins++;
  }
  expect(compared).toBeLessThanOrEqual(900);
  expect(compared).toBeGreaterThan(300);
  expect(ownerLogins).toBeGreaterThan(100);
});
