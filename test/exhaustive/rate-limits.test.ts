import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { HASH_COST_MIN } from '../../src/config/hash-cost.js';
import { cheapHash, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp, type TestAppOptions } from '../support/app.js';
import { expectRefusal, expectSuccess } from '../support/api-answers.js';
import { holdHashing } from '../support/held-hashing.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshAddress } from '../support/networks.js';
import { freshEmail, makeKey, PASSWORD, signUp, superAdmin } from '../support/people.js';
import { insertTotp } from '../support/second-factor.js';

/** Behind a proxy that sets the client’s address, so that each test has its own networks. */
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'loopback' } });
});
afterAll(() => app.close());

async function withApp(options: TestAppOptions, test: (other: TestApp) => Promise<void>): Promise<void> {
  const other = await startApp(options);
  try {
    await test(other);
  } finally {
    await other.close();
  }
}

function logIn(email: string, password = PASSWORD, from = 'unknown', at = app): Promise<HttpAnswer> {
  return at.http.post('/api/auth/login', { json: { email, password }, headers: { 'x-forwarded-for': from } });
}
async function guess(email: string, count: number, from: string, at = app): Promise<number[]> {
  const statuses = [];
  for (let i = 0; i < count; i++) statuses.push((await logIn(email, 'not-the-password', from, at)).status);
  return statuses;
}
const times = (count: number, status: number): number[] => Array.from({ length: count }, () => status);

/** The recorded events of an address whose name contains `part`, oldest first. */
async function eventsOf(ip: string, part: string): Promise<string[]> {
  const { headers } = await superAdmin(app);
  const answer = await app.http.get('/api/audit?size=100', { headers });
  const entries = answer.body.data.filter((entry) => entry['ip'] === ip).map((entry) => entry['event'] as string);
  return entries.filter((event) => event.includes(part)).reverse();
}

function expectThrottled(answer: HttpAnswer): void {
  expectRefusal(answer, 429, 'rate_limited');
  const seconds = Number(answer.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(900);
}

describe('SECURITY 5: wrong guesses for one account from one network', () => {
  it('are limited to ten in a row; then even the right password is 429 with Retry-After', async () => {
    const [{ email }, from] = [await signUp(app), freshAddress()];
    expect(await guess(email, 12, from)).toEqual([...times(10, 401), 429, 429]);
    expectThrottled(await logIn(email, PASSWORD, from));
  });

  it('are limited to ten of thirty concurrent ones', async () => {
    const [{ email }, from] = [await signUp(app), freshAddress()];
    const answers = await Promise.all(Array.from({ length: 30 }, () => logIn(email, 'not-the-password', from)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...times(10, 401), ...times(20, 429)]);
    for (const answer of answers.filter(({ status }) => status === 429)) expectThrottled(answer);
  });

  it('are limited the same for an account that does not exist', async () => {
    expect(await guess(freshEmail(), 11, freshAddress())).toEqual([...times(10, 401), 429]);
  });

  it('are counted together for every spelling of the e-mail address', async () => {
    const [tag, from] = [randomBytes(4).toString('hex'), freshAddress()];
    const { email } = await signUp(app, { email: `ada${tag}@b\u00fccher.example` });
    const spellings = [
      email,
      email.toUpperCase(),
      `\uff41da${tag}@b\u00fccher.example`,
      `a\uff44a${tag}@bu\u0308cher.example`,
      `ada${tag}@xn--bcher-kva.example`,
      ` ${email} `,
    ];
    const statuses = [];
    for (const spelling of [...spellings, ...spellings]) statuses.push(...(await guess(spelling, 1, from)));
    expect(statuses).toEqual([...times(10, 401), 429, 429]);
  });

  it('are not counted for right passwords, which do not reset the count either', async () => {
    const [{ email }, from] = [await signUp(app), freshAddress()];
    for (let i = 0; i < 12; i++) expectSuccess(await logIn(email, PASSWORD, from), 200);
    expect(await guess(email, 9, from)).toEqual(times(9, 401));
    expectSuccess(await logIn(email, PASSWORD, from), 200);
    expect(await guess(email, 2, from)).toEqual([401, 429]);
  });

  it('include right passwords with the API key of another user', async () => {
    const [person, stranger, from] = [await signUp(app), await signUp(app), freshAddress()];
    const { apiKey: key } = await makeKey(app, stranger);
    const form = { username: person.email, password: PASSWORD };
    const statuses = [];
    for (let i = 0; i < 11; i++) {
      const headers = { ...apiKey(key), 'x-forwarded-for': from };
      statuses.push((await app.http.post('/auth', { headers, form })).status);
    }
    expect(statuses).toEqual([...times(10, 401), 429]);
    expect(await eventsOf(from, 'login')).toEqual([...Array<string>(10).fill('login.failed'), 'login.throttled']);
  });

  it('lock neither the owner out from other networks, nor other users from this one', async () => {
    const [owner, neighbour] = [await signUp(app), await signUp(app)];
    const from = freshAddress();
    expect((await guess(owner.email, 11, from)).at(-1)).toBe(429);
    expectSuccess(await logIn(owner.email, PASSWORD, freshAddress()), 200);
    expectSuccess(await logIn(neighbour.email, PASSWORD, from), 200);
    expectThrottled(await logIn(owner.email, PASSWORD, from));
  });

  it('are counted for a whole IPv6 /64, and for an IPv4 address in any notation', async () => {
    const { email } = await signUp(app);
    for (let i = 0; i < 10; i++) await guess(email, 1, `2001:db8:1:2:${i}::${i}`);
    expectThrottled(await logIn(email, PASSWORD, '2001:db8:1:2:ffff:ffff:ffff:ffff'));
    expectSuccess(await logIn(email, PASSWORD, '2001:db8:1:3::1'), 200);
    await guess(email, 10, '203.0.113.9');
    expectThrottled(await logIn(email, PASSWORD, '::ffff:203.0.113.9'));
  });

  it('are counted for an address without the port that some proxies add', async () => {
    const { email } = await signUp(app);
    for (let i = 0; i < 5; i++) await guess(email, 1, `203.0.113.77:${40_000 + i}`);
    for (let i = 0; i < 5; i++) await guess(email, 1, '203.0.113.77');
    expectThrottled(await logIn(email, PASSWORD, '203.0.113.77:50000'));
    for (let i = 0; i < 10; i++) await guess(email, 1, `[2001:db8:77::${i}]:443`);
    expectThrottled(await logIn(email, PASSWORD, '2001:db8:77::ffff'));
  });

  it('include empty passwords', async () => {
    const [{ email }, from] = [await signUp(app), freshAddress()];
    for (let i = 0; i < 10; i++) expect((await logIn(email, '', from)).status).toBe(401);
    expectThrottled(await logIn(email, PASSWORD, from));
    expect(await eventsOf(from, 'login')).toEqual([...Array<string>(10).fill('login.failed'), 'login.throttled']);
  });

  it('are counted for the connection when no proxy is trusted, with any X-Forwarded-For', () =>
    withApp({ env: { RATE_LIMIT_ENABLED: 'true' } }, async (other) => {
      const { email } = await signUp(other);
      for (let i = 0; i < 10; i++) await guess(email, 1, `198.51.100.${i}`, other);
      expectThrottled(await logIn(email, PASSWORD, '198.51.100.200', other));
    }));

  it('are counted for the address that the trusted proxy saw, not for one that the client sent', () =>
    withApp({ env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: '1' } }, async (other) => {
      const { email } = await signUp(other);
      for (let i = 0; i < 10; i++) await guess(email, 1, `198.51.100.${i}, 203.0.113.7`, other);
      expectThrottled(await logIn(email, PASSWORD, '198.51.100.200, 203.0.113.7', other));
      expectSuccess(await logIn(email, PASSWORD, '203.0.113.7, 198.51.100.200', other), 200);
    }));
});

describe('SECURITY 5: one network', () => {
  it('may guess a hundred times over all accounts', async () => {
    const [{ email }, from] = [await signUp(app), freshAddress()];
    const passwordHash = await cheapHash(PASSWORD);
    const accounts = [];
    for (let i = 0; i < 110; i++) accounts.push(await insertAccount(app.database, { passwordHash }));
    const guesses = accounts.map((account) => logIn(account.email, 'not-the-password', from));
    const answers = await Promise.all(guesses);
    expect(answers.map((answer) => answer.status).sort()).toEqual([...times(100, 401), ...times(10, 429)]);
    expectThrottled(await logIn(email, PASSWORD, from));
    expectSuccess(await logIn(email, PASSWORD, freshAddress()), 200);
  });

  it('may sign up a hundred times an hour, failures included, malformed requests excluded', async () => {
    const from = freshAddress();
    const send = (overrides: object, network = from): Promise<HttpAnswer> =>
      app.http.post('/api/auth/signup', {
        json: { email: freshEmail(), name: 'John Doe', password: PASSWORD, ...overrides },
        headers: { 'x-forwarded-for': network },
      });
    for (let i = 0; i < 5; i++) expect((await send({ name: '' })).status).toBe(400);
    const { email } = await signUp(app);
    const answers = await Promise.all(Array.from({ length: 103 }, () => send({ email })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([...times(100, 409), ...times(3, 429)]);
    const refused = await send({});
    expectRefusal(refused, 429, 'rate_limited');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(900);
    expectSuccess(await send({}, freshAddress()), 201);
    expect(await eventsOf(from, 'throttled')).toEqual(['sign_up.throttled']);
  });

  it('may refresh six hundred times a minute', async () => {
    const from = freshAddress();
    const headers = { 'x-forwarded-for': from };
    const json = { refreshToken: 'nope' };
    const refreshes = Array.from({ length: 605 }, () => app.http.post('/api/auth/refresh', { json, headers }));
    expect((await Promise.all(refreshes)).filter(({ status }) => status === 429)).toHaveLength(5);
    expect(await eventsOf(from, 'throttled')).toEqual(['refresh.throttled']);
  });
});

describe('the 429 of a locked authenticator app', () => {
  it('says nothing of the limits that are not reached', async () => {
    const [{ id, email }, from] = [await signUp(app), freshAddress()];
    const authenticator = await insertTotp(app, new SystemClock(), id);
    const logInWith = (code: string): Promise<HttpAnswer> =>
      app.http.post('/api/auth/login', {
        json: { email, password: PASSWORD, code },
        headers: { 'x-forwarded-for': from },
      });
    for (let i = 0; i < 11; i++) await logInWith(authenticator.wrongCode());
    const refused = await logInWith(authenticator.code());
    expectRefusal(refused, 429, 'rate_limited');
    expect([refused.headers.get('ratelimit'), refused.headers.get('ratelimit-policy')]).toEqual([null, null]);
  });
});

describe('SECURITY 4: more logins than can be hashed', () => {
  it('do not count as guesses', () =>
    withApp(
      { env: { RATE_LIMIT_ENABLED: 'true', HASH_CONCURRENCY: '1', HASH_QUEUE_MAX: '0' }, hashCost: HASH_COST_MIN },
      async (other) => {
        const [{ email }, busy] = [await signUp(other), await signUp(other)];
        const hashing = holdHashing();
        const first = logIn(busy.email, PASSWORD, 'unknown', other);
        await expect.poll(() => hashing.begun()).toBe(1);
        expect(await guess(email, 20, 'unknown', other)).toEqual(times(20, 503));
        hashing.release();
        expectSuccess(await first, 200);
        expect(await guess(email, 11, 'unknown', other)).toEqual([...times(10, 401), 429]);
      },
    ));
});
