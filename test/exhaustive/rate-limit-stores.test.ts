import { randomInt, randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RateLimits } from '../../src/modules/rate-limits/rate-limits.js';
import { cheapHash, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { callerFrom } from '../support/caller.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshNetwork } from '../support/networks.js';
import { makeKey, PASSWORD, type Person, signUp } from '../support/people.js';
import { hasRedisServer, OwnRedis, TEST_REDIS_URL } from '../support/redis.js';

const LIMITED = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'true', HASH_QUEUE_MAX: '1000' };

/** An address that no other test calls from, so that all may share one Redis. */
const anAddress = (): string => `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
/** From an address of its own: Redis counts the sign-ups of an hour, also those of an earlier run. */
const signUpAnywhere = (at: TestApp): Promise<Person> => signUp(at, {}, { 'x-forwarded-for': anAddress() });

const logIn = (app: TestApp, ip: string, email: string, password: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/login', { headers: { 'x-forwarded-for': ip }, json: { email, password } });

async function guess(app: TestApp, ip: string, email: string): Promise<number> {
  return (await logIn(app, ip, email, 'wrong guess')).status;
}

async function inTurn<T>(times: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await work(i));
  return results;
}

const atOnce = <T>(times: number, work: (i: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: times }, (_, i) => work(i)));

/** The policy of the limit that a response shows, the limit's name and what is left of it. */
function shownLimit({ headers }: HttpAnswer): unknown[] {
  const policy = headers.get('ratelimit-policy') ?? '';
  const [, name, left, seconds] = /^"([a-z-]+)";r=(\d+);t=(\d+)$/.exec(headers.get('ratelimit') ?? '') ?? [];
  const [, window] = /;w=(\d+)$/.exec(policy) ?? [];
  expect(Number(seconds)).toBeGreaterThan(0);
  expect(Number(seconds)).toBeLessThanOrEqual(Number(window));
  return [policy, name, Number(left)];
}

const count = (statuses: readonly number[], status: number): number => statuses.filter((one) => one === status).length;

const STORES = [
  { store: 'memory', url: undefined, isThere: true },
  { store: 'Redis (skipped without TEST_REDIS_URL)', url: TEST_REDIS_URL, isThere: TEST_REDIS_URL !== undefined },
];

for (const { store, url, isThere } of STORES) {
  describe.runIf(isThere)(`limits in ${store}`, () => {
    let app: TestApp;
    let person: Person;
    let ip: string;

    beforeAll(async () => {
      app = await startApp({ env: { ...LIMITED, ...(url !== undefined && { REDIS_URL: url }) } });
    });
    afterAll(() => app.close());
    beforeEach(async () => {
      ip = anAddress();
      person = await signUpAnywhere(app);
    });

    it('SECURITY 5: ten wrong passwords for one account from one network, then 429 with Retry-After', async () => {
      expect(new Set(await inTurn(10, () => guess(app, ip, person.email)))).toEqual(new Set([401]));
      const answer = await logIn(app, ip, person.email, 'wrong guess');
      expect([answer.status, answer.body.code]).toEqual([429, 'rate_limited']);
      const retryAfter = Number(answer.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(800);
      expect(retryAfter).toBeLessThanOrEqual(900);
      // The right one is no exception: else a guesser would still learn it.
      expect((await logIn(app, ip, person.email, PASSWORD)).status).toBe(429);
    });

    it('shows at each login how many guesses are left, and that none is with 429', async () => {
      expect(shownLimit(await logIn(app, ip, person.email, PASSWORD))).toEqual(['"login";q=10;w=900', 'login', 10]);
      expect(shownLimit(await logIn(app, ip, person.email, 'wrong guess'))).toEqual(['"login";q=10;w=900', 'login', 9]);
      expect(shownLimit(await logIn(app, ip, person.email, PASSWORD))).toEqual(['"login";q=10;w=900', 'login', 9]);
      await inTurn(9, () => guess(app, ip, person.email));
      const refused = await logIn(app, ip, person.email, PASSWORD);
      expect([refused.status, ...shownLimit(refused)]).toEqual([429, '"login";q=10;w=900', 'login', 0]);
      expect(refused.headers.get('ratelimit')).toBe(`"login";r=0;t=${refused.headers.get('retry-after')}`);
    });

    it('shows the limit of the network where that will be reached first', async () => {
      const passwordHash = await cheapHash(PASSWORD);
      const accounts = await inTurn(95, () => insertAccount(app.database, { passwordHash }));
      await atOnce(95, (i) => guess(app, ip, accounts[i].email));
      const answer = await logIn(app, ip, person.email, 'wrong guess');
      expect(shownLimit(answer)).toEqual(['"login-network";q=100;w=900', 'login-network', 4]);
    });

    it('shows what is left at each sign-up, refresh and call with an API key', async () => {
      const headers = { 'x-forwarded-for': ip };
      const email = `${randomUUID()}@example.com`;
      const signedUp = await app.http.post('/api/auth/signup', {
        headers,
        json: { email, name: 'Ada', password: PASSWORD },
      });
      expect(shownLimit(signedUp)).toEqual(['"sign-up";q=100;w=3600', 'sign-up', 99]);
      const refreshed = await app.http.post('/api/auth/refresh', { headers, json: { refreshToken: 'unknown' } });
      expect(shownLimit(refreshed)).toEqual(['"refresh";q=600;w=60', 'refresh', 599]);
      const { apiKey: secret } = await makeKey(app, person);
      const calls = await inTurn(2, () => app.http.get('/api/artists', { headers: { ...headers, ...apiKey(secret) } }));
      expect(calls.map(shownLimit)).toEqual([5999, 5998].map((left) => ['"api-key";q=6000;w=60', 'api-key', left]));
      const refused = await app.http.get('/api/users', { headers: { ...headers, ...apiKey(secret) } });
      expect([refused.status, ...shownLimit(refused)]).toEqual([403, '"api-key";q=6000;w=60', 'api-key', 5997]);
    });

    it('shows no limit where none is near: with an access token', async () => {
      const { headers } = await app.http.get('/api/users/me', { headers: person.headers });
      expect([headers.get('ratelimit-policy'), headers.get('ratelimit')]).toEqual([null, null]);
    });

    it('SECURITY 5: the same budget for thirty guesses at once', async () => {
      const statuses = await atOnce(30, () => guess(app, ip, person.email));
      expect([count(statuses, 401), count(statuses, 429)]).toEqual([10, 20]);
      expect(await guess(app, ip, person.email)).toBe(429);
    });

    it('SECURITY 5: guesses from one network never lock the owner out elsewhere', async () => {
      await atOnce(15, () => guess(app, ip, person.email));
      expect((await logIn(app, anAddress(), person.email, PASSWORD)).status).toBe(200);
    });

    it('SECURITY 5: every spelling of an e-mail address counts for the same account', async () => {
      const email = `é.${person.email}`;
      const spellings = [email, email.toUpperCase(), email.normalize('NFD'), email.replace('example', 'EXAMPLE')];
      await inTurn(10, (i) => guess(app, ip, spellings[i % spellings.length] ?? ''));
      for (const spelling of spellings) expect(await guess(app, ip, spelling)).toBe(429);
    });

    it('SECURITY 5: username, e-mail address and current password count for the same account', async () => {
      const headers = { 'x-forwarded-for': ip };
      const json = { username: person.username.toUpperCase(), password: 'wrong guess' };
      const byUsername = async (): Promise<number> =>
        (await app.http.post('/api/v1/auth/login', { headers, json })).status;
      const atTheChange = async (): Promise<number> => {
        const change = { currentPassword: 'wrong guess', newPassword: 'quiet-Harbour-43' };
        const answer = await app.http.post('/api/users/me/password', {
          headers: { ...headers, ...person.headers },
          json: change,
        });
        return answer.status;
      };
      const ways = [() => guess(app, ip, person.email), byUsername, atTheChange];
      const statuses = await inTurn(10, (i) => ways[i % ways.length]());
      expect(statuses).toEqual(Array(10).fill(401));
      for (const way of ways) expect(await way()).toBe(429);
      expect((await logIn(app, anAddress(), person.email, PASSWORD)).status).toBe(200);
    });

    it('SECURITY 5: a hundred wrong passwords from one network, over all accounts', async () => {
      const passwordHash = await cheapHash(PASSWORD);
      const accounts = await inTurn(105, () => insertAccount(app.database, { passwordHash }));
      const statuses = await atOnce(105, (i) => guess(app, ip, accounts[i].email));
      expect([count(statuses, 401), count(statuses, 429)]).toEqual([100, 5]);
      expect((await logIn(app, ip, person.email, PASSWORD)).status).toBe(429);
    });

    it('SECURITY 5: counts an IPv6 network by its /64', async () => {
      const network = freshNetwork();
      await inTurn(10, (i) => guess(app, `${network}::${i + 1}`, person.email));
      expect(await guess(app, `${network}:ffff:ffff:ffff:ffff`, person.email)).toBe(429);
      expect(await guess(app, `${freshNetwork()}::1`, person.email)).toBe(401);
    });

    it('SECURITY 5: right passwords use up no guesses, in a row or at once', async () => {
      const inRow = await inTurn(12, async () => (await logIn(app, ip, person.email, PASSWORD)).status);
      expect(count(inRow, 200)).toBe(12);
      const answers = await atOnce(30, () => logIn(app, ip, person.email, PASSWORD));
      // Those over the budget while it was being used are asked to wait for a moment, not for the window.
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
      }
      expect((await logIn(app, ip, person.email, PASSWORD)).status).toBe(200);
    });

    it('SECURITY 5: a guess that is refused only because of right ones under way may be retried in a moment', async () => {
      const limits = app.nest.get(RateLimits, { strict: false });
      const caller = callerFrom(anAddress());
      const begin = () => limits.begin({ userId: randomUUID() }, caller);
      const right = await atOnce(100, begin);
      // The store has not counted this one yet when the hundred are found to be right.
      const refused = begin();
      const settled = right.map((guess) => guess.settle('right'));
      await expect(refused).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 1 });
      await Promise.all(settled);
      const next = await begin();
      await next.settle('right');
    });

    it.each([
      ['right', 11],
      ['unmade', 11],
      ['wrong', 10],
    ] as const)('SECURITY 5: of guesses that turn out %s, %i or more are allowed', async (outcome, allowed) => {
      const limits = app.nest.get(RateLimits, { strict: false });
      const target = { userId: randomUUID() };
      const caller = callerFrom(anAddress());
      const made = inTurn(11, async () => {
        await (await limits.begin(target, caller)).settle(outcome);
      });
      if (allowed === 11) await made;
      else await expect(made).rejects.toMatchObject({ code: 'rate_limited' });
    });

    it('logs once that a limit is reached, however many requests follow', async () => {
      const before = app.logLines.length;
      await inTurn(20, () => guess(app, ip, person.email));
      expect(app.logLines.slice(before).filter((line) => line.includes('login.throttled'))).toHaveLength(1);
    });

    it('allows each API key 6,000 calls a minute, then answers 429 with Retry-After', async () => {
      const { apiKey: key, keyId } = await makeKey(app, person);
      const { apiKey: another } = await makeKey(app, person);
      const use = (one: string): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: apiKey(one) });
      expect((await use(key)).status).toBe(200);
      const limits = app.nest.get(RateLimits, { strict: false });
      await atOnce(99, () => limits.count('api-key', keyId));
      // Not all at once: a Redis that is late by a second is not waited for.
      await inTurn(59, () => atOnce(100, () => limits.count('api-key', keyId)));
      const answer = await use(key);
      expect([answer.status, answer.body.code]).toEqual([429, 'rate_limited']);
      const retryAfter = Number(answer.headers.get('retry-after'));
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(60);
      expect((await use(another)).status).toBe(200);
      expect(app.logLines.filter((line) => line.includes('api_key.throttled') && line.includes(keyId))).toHaveLength(1);
    });
  });
}

describe('limits without a configured proxy', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { ...LIMITED, TRUST_PROXY: 'false' } });
  });
  afterAll(() => app.close());

  it('SECURITY 5: X-Forwarded-For gives no further guesses', async () => {
    const { email } = await signUpAnywhere(app);
    await inTurn(10, () => guess(app, anAddress(), email));
    expect(await guess(app, anAddress(), email)).toBe(429);
  });
});

describe.runIf(TEST_REDIS_URL !== undefined)('limits that two instances share (skipped without TEST_REDIS_URL)', () => {
  let database: TestDatabase;
  let apps: TestApp[];
  let person: Person;
  const app = (i: number): TestApp => {
    const one = apps[i % apps.length];
    if (!one) throw new Error('not started');
    return one;
  };

  beforeAll(async () => {
    database = await openTestDatabase();
    const env = { ...LIMITED, REDIS_URL: TEST_REDIS_URL ?? '' };
    apps = [await startApp({ database, env }), await startApp({ database, env })];
  });
  afterAll(async () => {
    for (const one of apps) await one.close();
    await database.close();
  });
  beforeEach(async () => {
    person = await signUpAnywhere(app(0));
  });

  it.each([
    ['in a row', inTurn],
    ['at once', atOnce],
  ])('SECURITY 5: count together, %s', async (_, all) => {
    const ip = anAddress();
    const statuses = await all(30, (i) => guess(app(i), ip, person.email));
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([10, 20]);
  });

  it('have keys that do not reveal an e-mail address', async () => {
    const redis = await createClient({ url: TEST_REDIS_URL ?? '' }).connect();
    const ip = anAddress();
    await guess(app(0), ip, person.email);
    const names = await redis.keys(`*${ip}*`);
    redis.destroy();
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^stagedoor:limit:login-/);
      expect(name).not.toContain(person.email.slice(0, 15));
    }
  });

  it('keep no key of a guess that was given back', async () => {
    const redis = await createClient({ url: TEST_REDIS_URL ?? '' }).connect();
    const ip = anAddress();
    expect((await logIn(app(0), ip, person.email, PASSWORD)).status).toBe(200);
    expect(await redis.keys(`*${ip}*`)).toEqual([]);
    redis.destroy();
  });
});

describe.runIf(hasRedisServer)('limits whose Redis is lost (skipped without a redis-server to start)', () => {
  let redis: OwnRedis;
  let database: TestDatabase;
  let person: Person;
  const apps: TestApp[] = [];
  const start = async (): Promise<TestApp> => {
    const app = await startApp({ database, env: { ...LIMITED, REDIS_URL: redis.url } });
    apps.push(app);
    return app;
  };
  // The apps of a process share one logger: the last one's.
  const said = (text: string): number =>
    apps.flatMap((app) => app.logLines).filter((line) => line.includes(text)).length;
  const isBack = (times: number): Promise<void> => expect.poll(() => said('Redis is back')).toBe(times);

  beforeAll(async () => {
    database = await openTestDatabase();
  });
  beforeEach(async () => {
    const app = await startApp({ database });
    person = await signUpAnywhere(app);
    apps.push(app);
    redis = await OwnRedis.onFreePort();
    await redis.start();
    return () => redis.stop();
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
    await database.connect();
  });
  afterAll(() => database.close());

  it('are counted in memory, logged once, and shared again when it is back', async () => {
    const [one, other] = [await start(), await start()];
    await redis.stop();
    const ip = anAddress();
    const statuses = await inTurn(12, () => guess(one, ip, person.email));
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([10, 2]);
    expect((await logIn(one, anAddress(), person.email, PASSWORD)).status).toBe(200);
    expect([said('Lost the connection to Redis'), said('Redis is back')]).toEqual([2, 0]);

    await redis.start();
    await isBack(2);
    const elsewhere = anAddress();
    const shared = await inTurn(12, (i) => guess(i % 2 === 0 ? one : other, elsewhere, person.email));
    expect([count(shared, 401), count(shared, 429)]).toEqual([10, 2]);
    expect([said('Lost the connection to Redis'), said('Redis is back')]).toEqual([2, 2]);
    expect(said('"level":"error"')).toBe(0);
  });

  it('wait once for a Redis that hangs: what is counted from then on is not sent to it', async () => {
    const app = await start();
    expect(await guess(app, anAddress(), person.email)).toBe(401);
    redis.hang();
    const ip = anAddress();
    const statuses = await atOnce(20, () => guess(app, ip, person.email));
    expect([count(statuses, 401), count(statuses, 429)]).toEqual([10, 10]);
    const unsent = anAddress();
    expect(await guess(app, unsent, person.email)).toBe(401);
    expect(said('Lost the connection to Redis')).toBe(1);

    redis.goOn();
    await isBack(1);
    // It has run everything that it was sent while it hung.
    expect(await redis.ask((client) => client.keys(`*${unsent}*`))).toEqual([]);
    const later = anAddress();
    await guess(app, later, person.email);
    expect(await redis.ask((client) => client.keys(`*${later}*`))).toHaveLength(2);
  });

  it('are counted in memory where it is down at the start', async () => {
    await redis.stop();
    const app = await start();
    expect(await guess(app, anAddress(), person.email)).toBe(401);
    expect(said('Lost the connection to Redis')).toBe(1);
    await redis.start();
    await isBack(1);
  });

  it('leave no connection behind when the app closes', async () => {
    const app = await startApp({ env: { ...LIMITED, REDIS_URL: redis.url } });
    const clients = (): Promise<number> => redis.ask(async (client) => (await client.clientList()).length);
    expect(await clients()).toBe(2);
    await app.close();
    await expect.poll(clients).toBe(1);
  });
});
