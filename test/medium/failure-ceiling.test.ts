import { randomInt, randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GuessTarget } from '../../src/modules/rate-limits/account-key.js';
import type { GuessOutcome } from '../../src/modules/rate-limits/guess.js';
import { RateLimits } from '../../src/modules/rate-limits/rate-limits.js';
import { startApp, type TestApp } from '../support/app.js';
import { callerFrom } from '../support/caller.js';
import { TestClock } from '../support/clock.js';
import type { HttpAnswer } from '../support/http-client.js';
import { freshEmail, PASSWORD, type Person, signUp } from '../support/people.js';
import { recordQueries, recordRequestQueries } from '../support/queries.js';
import { TEST_REDIS_URL } from '../support/redis.js';

const CEILING = 100;
const HOUR = 3600;

/** An address in a network of its own, from which no other test calls. */
const anAddress = (): string => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
/** From an address of its own: Redis counts the sign-ups of an hour, also those of an earlier run. */
const signUpAnywhere = (at: TestApp): Promise<Person> => signUp(at, {}, { 'x-forwarded-for': anAddress() });
const HOME = '192.0.2.7';

const STORES = [
  { store: 'memory', url: undefined, isThere: true },
  { store: 'Redis (skipped without TEST_REDIS_URL)', url: TEST_REDIS_URL, isThere: TEST_REDIS_URL !== undefined },
];

for (const { store, url, isThere } of STORES) {
  describe.runIf(isThere)(`SECURITY 5: consecutive wrong passwords, counted in ${store}`, () => {
    const clock = new TestClock();
    let app: TestApp;
    let limits: RateLimits;
    let person: Person;
    let target: GuessTarget;

    beforeAll(async () => {
      const env = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'true', ...(url !== undefined && { REDIS_URL: url }) };
      app = await startApp({ clock, env });
      limits = app.nest.get(RateLimits, { strict: false });
    });
    afterAll(() => app.close());
    beforeEach(async () => {
      person = await signUpAnywhere(app);
      target = { userId: person.id };
      await app.database.query('DELETE FROM known_networks WHERE user_id = $1', [person.id]);
      await app.database.query('INSERT INTO known_networks VALUES ($1, $2, $3)', [person.id, '192.0.2.0', clock.now()]);
    });

    const guess = async (outcome: GuessOutcome, ip = anAddress(), at = target): Promise<void> =>
      (await limits.begin(at, callerFrom(ip))).settle(outcome);
    const wrong = async (times: number, at = target): Promise<void> => {
      for (let i = 0; i < times; i++) await guess('wrong', anAddress(), at);
    };
    const refused = (ip = anAddress(), at = target): Promise<void> =>
      expect(guess('wrong', ip, at)).rejects.toMatchObject({ code: 'rate_limited' });
    const logIn = (ip: string, password: string, email = person.email): Promise<HttpAnswer> =>
      app.http.post('/api/auth/login', { headers: { 'x-forwarded-for': ip }, json: { email, password } });
    /** An hour passes. */
    const anHourLater = async (): Promise<void> => {
      clock.advance(HOUR);
      if (url === undefined) return;
      const redis = await createClient({ url }).connect();
      for (const key of await redis.keys('stagedoor:failures:*:pause')) {
        expect(await redis.pTTL(key)).toBeLessThanOrEqual(HOUR * 1000);
        await redis.del(key);
      }
      redis.destroy();
    };

    it('are at most a hundred, from however many networks; then even the right one is refused there', async () => {
      await wrong(CEILING);
      const answer = await logIn(anAddress(), PASSWORD);
      expect([answer.status, answer.body.code]).toEqual([429, 'rate_limited']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(HOUR - 120);
      expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(HOUR);
    });

    it('are at most a hundred of two hundred at once', async () => {
      const begun = await Promise.allSettled(
        Array.from({ length: 200 }, () => limits.begin(target, callerFrom(anAddress()))),
      );
      const allowed = begun.filter((one) => one.status === 'fulfilled');
      expect(allowed).toHaveLength(CEILING);
      for (const { value } of allowed) await value.settle('wrong');
      await refused();
    });

    it('do not keep the owner out of the networks of an earlier login, which ends the count', async () => {
      await wrong(CEILING);
      await refused();
      expect((await logIn(HOME, 'wrong guess')).status).toBe(401);
      expect((await logIn(HOME.replace(/\d+$/, '200'), PASSWORD)).status).toBe(200);
      await wrong(CEILING - 1);
      await guess('right');
    });

    it('allow one guess an hour from other networks, at once or in a row', async () => {
      await wrong(CEILING);
      await refused();
      for (let hours = 0; hours < 3; hours++) {
        await anHourLater();
        const tries = await Promise.allSettled(Array.from({ length: 5 }, () => guess('wrong')));
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        await refused();
      }
    });

    it('are not forgotten after a right password from another network, which becomes a known one', async () => {
      await wrong(CEILING);
      await anHourLater();
      const ip = anAddress();
      expect((await logIn(ip, PASSWORD)).status).toBe(200);
      await guess('wrong');
      await refused();
      expect((await logIn(ip, PASSWORD)).status).toBe(200);
      await wrong(CEILING - 1);
      await guess('right');
    });

    it('are consecutive: a right password below the ceiling ends the count', async () => {
      await wrong(CEILING - 1);
      await guess('right');
      await wrong(CEILING);
      await refused();
    });

    it('do not include guesses that were refused or never compared', async () => {
      await wrong(CEILING - 1);
      for (let i = 0; i < 5; i++) await guess('unmade');
      await guess('wrong');
      for (let i = 0; i < 5; i++) await refused();
      await anHourLater();
      await guess('unmade');
      await guess('wrong');
    });

    it('end with a reset of the password', async () => {
      await wrong(CEILING);
      await refused();
      await limits.clearFailures(person.id);
      await wrong(CEILING);
      await refused();
    });

    it('are counted and refused alike for a name without an account, with the same statements', async () => {
      const email = freshEmail();
      await wrong(CEILING);
      await wrong(CEILING, { unknownName: email });
      const queries = recordRequestQueries(app.database.dataSource);
      const seen = [];
      for (const name of [person.email, email]) {
        const { status, text, headers } = await logIn(anAddress(), 'wrong guess', name);
        const sent = queries.splice(0).map((query) => query.text);
        seen.push({ status, text, retryAfter: headers.get('retry-after'), statements: sent.filter(isOfTheLogin) });
      }
      expect(seen[0]).toMatchObject({ status: 429 });
      expect(seen[0].statements).toHaveLength(2);
      // Both wait for the same time, but for the seconds that the test takes.
      const [known, unknown] = seen.map(({ status, statements }) => ({ status, statements }));
      expect(unknown).toEqual(known);
    });

    it('cost no statement below the ceiling', async () => {
      const queries = recordQueries(app.database.dataSource);
      await guess('wrong', anAddress(), { userId: randomUUID() });
      expect(queries.filter(({ text }) => text.includes('known_networks'))).toEqual([]);
    });

    it('are reported once, however many guesses follow', async () => {
      await wrong(CEILING);
      const before = app.logLines.length;
      for (let i = 0; i < 5; i++) await refused();
      expect(app.logLines.slice(before).filter((line) => line.includes('"limit":"failure-ceiling"'))).toHaveLength(1);
    });
  });
}

const isOfTheLogin = (statement: string): boolean => /known_networks|FROM users/.test(statement);

describe('without rate limits', () => {
  it('SECURITY 5: wrong passwords are not counted', async () => {
    const app = await startApp();
    const limits = app.nest.get(RateLimits, { strict: false });
    const target = { userId: randomUUID() };
    for (let i = 0; i < CEILING; i++) await (await limits.begin(target, callerFrom(anAddress()))).settle('wrong');
    await expect(limits.begin(target, callerFrom(anAddress()))).resolves.toBeDefined();
    await app.close();
  });
});
