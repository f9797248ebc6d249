import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { count } from '../support/accounts.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { freshAddress } from '../support/networks.js';
import { makeKey, PASSWORD, signUp, superAdmin } from '../support/people.js';
import { insertTotp } from '../support/second-factor.js';
import type { Customer, Driver, Opened } from './driver.js';
import { api } from './drivers/api.js';
import { apiV1 } from './drivers/api-v1.js';
import { feed } from './drivers/feed.js';
import { v1 } from './drivers/v1.js';

const DRIVERS: readonly Driver[] = [api, apiV1, v1, feed];

const clock = new TestClock();
let database: TestDatabase;
let proxy: DatabaseProxy;
let app: TestApp;
/** Another instance, with the settings that refuse more. */
let strict: MailApp;

beforeAll(async () => {
  database = await openTestDatabase();
  proxy = new DatabaseProxy(new URL(database.url));
  await proxy.start();
  // Behind a proxy that sets the client’s address, so that guesses come from a network of their own.
  const env = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'loopback' };
  app = await startApp({ env, clock, database: await database.through(proxy.url) });
  const strictEnv = { EMAIL_VERIFICATION: 'required', SIGN_UP: 'invited' };
  strict = await startMailApp({ env: strictEnv, clock, database: await database.through(database.url) });
});
afterAll(async () => {
  await strict.close();
  await app.close();
  await proxy.stop();
  await database.close();
});

async function newCustomer(): Promise<Customer> {
  const person = await signUp(app);
  return { ...person, apiKey: (await makeKey(app, person)).apiKey };
}

function logIn(driver: Driver, customer: Customer, password = PASSWORD): Promise<HttpAnswer> {
  return driver.sendLogin(app.http, customer, { json: driver.loginBody(customer, password) });
}

async function open(driver: Driver, customer: Customer): Promise<Opened> {
  return driver.readLogin(await logIn(driver, customer), customer);
}

async function expectOpen(driver: Driver, customer: Customer, token: string): Promise<void> {
  const answer = await driver.callGuarded(app.http, customer, token);
  expect(answer.status, answer.text).toBe(200);
}

/** Features that not every contract has. A behaviour that needs one is not tested without it. */
const PARTS = ['refresh', 'logout', 'keys', 'signUp', 'callUnlimited', 'callRecent', 'takesCode'] as const;
type Part = (typeof PARTS)[number];

interface Behaviour {
  readonly name: string;
  readonly needs?: readonly Part[];
  readonly holds: (driver: Driver) => Promise<void>;
}

function part<P extends Part>(driver: Driver, name: P): NonNullable<Driver[P]> {
  const found = driver[name];
  if (found === undefined) throw new Error(`${driver.contract} has no ${name}`);
  return found;
}

/** Locks a user out who is logged in, and checks every way in. */
async function expectShutOut(driver: Driver, shutOut: (customer: Customer) => Promise<HttpAnswer>): Promise<void> {
  const customer = await newCustomer();
  const { token, refreshToken } = await open(driver, customer);
  await expectOpen(driver, customer, token);
  const done = await shutOut(customer);
  expect(done.status, done.text).toBeLessThan(300);
  driver.expectRefusal(await driver.callGuarded(app.http, customer, token), driver.ofTheInactive.token);
  driver.expectRefusal(await logIn(driver, customer), driver.ofTheInactive.login);
  if (refreshToken === undefined) return;
  driver.expectRefusal(await part(driver, 'refresh').send(app.http, refreshToken), 'invalid_refresh_token');
}

const BEHAVIOURS: readonly Behaviour[] = [
  {
    name: 'logs in with the right password and gets a valid token',
    async holds(driver) {
      const customer = await newCustomer();
      const answer = await logIn(driver, customer);
      const { token, expiresInSeconds } = driver.readLogin(answer, customer);
      expect(expiresInSeconds).toBe(driver.refresh ? 3600 : 86_400);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.text).not.toContain(PASSWORD);
      await expectOpen(driver, customer, token);
    },
  },
  {
    name: 'refuses a wrong password',
    async holds(driver) {
      const answer = await logIn(driver, await newCustomer(), 'not-the-password');
      driver.expectRefusal(answer, 'invalid_credentials');
      expect(answer.text).not.toContain('not-the-password');
    },
  },
  {
    name: 'answers an unknown account like a wrong password',
    async holds(driver) {
      const customer = await newCustomer();
      const wrong = await logIn(driver, customer, 'not-the-password');
      const unknown = await driver.sendLogin(app.http, customer, { json: driver.strangerBody('not-the-password') });
      driver.expectRefusal(unknown, 'invalid_credentials');
      expect(unknown.text).toBe(wrong.text);
    },
  },
  {
    name: 'refreshes: issues a valid access token and keeps the refresh token valid',
    needs: ['refresh'],
    async holds(driver) {
      const [customer, { send, read }] = [await newCustomer(), part(driver, 'refresh')];
      const { token, refreshToken = '' } = await open(driver, customer);
      const renewed = read(await send(app.http, refreshToken));
      expect(renewed.token).not.toBe(token);
      expect(renewed.expiresInSeconds).toBe(3600);
      await expectOpen(driver, customer, renewed.token);
      read(await send(app.http, refreshToken));
    },
  },
  {
    name: 'refuses an unknown refresh token',
    needs: ['refresh'],
    async holds(driver) {
      driver.expectRefusal(await part(driver, 'refresh').send(app.http, 'nope'), 'invalid_refresh_token');
    },
  },
  {
    name: 'logs out: revokes the access token',
    needs: ['logout'],
    async holds(driver) {
      const [customer, { send, check }] = [await newCustomer(), part(driver, 'logout')];
      const { token } = await open(driver, customer);
      check(await send(app.http, token));
      driver.expectRefusal(await driver.callGuarded(app.http, customer, token), 'invalid_token');
      driver.expectRefusal(await send(app.http, token), 'invalid_token');
    },
  },
  {
    name: 'logs out: revokes the refresh token and its access tokens, but no other login',
    needs: ['logout', 'refresh'],
    async holds(driver) {
      const [customer, refresh] = [await newCustomer(), part(driver, 'refresh')];
      const [{ token, refreshToken = '' }, elsewhere] = [await open(driver, customer), await open(driver, customer)];
      const renewed = refresh.read(await refresh.send(app.http, refreshToken));
      part(driver, 'logout').check(await part(driver, 'logout').send(app.http, token));
      driver.expectRefusal(await refresh.send(app.http, refreshToken), 'invalid_refresh_token');
      driver.expectRefusal(await driver.callGuarded(app.http, customer, renewed.token), 'invalid_token');
      await expectOpen(driver, customer, elsewhere.token);
    },
  },
  {
    name: 'locks a suspended user out at once: token, refresh, login',
    holds: (driver) =>
      expectShutOut(driver, async ({ id }) => {
        const { headers } = await superAdmin(app);
        return app.http.patch(`/api/users/${id}`, { headers, json: { status: 'suspended' } });
      }),
  },
  {
    name: 'locks a deleted user out at once: token, refresh, login',
    holds: (driver) =>
      expectShutOut(driver, async ({ id }) => {
        const { headers } = await superAdmin(app);
        return app.http.delete(`/api/users/${id}`, { headers });
      }),
  },
  {
    name: 'accepts a token until it expires, and refuses it from then on',
    async holds(driver) {
      const customer = await newCustomer();
      const { token, expiresInSeconds } = await open(driver, customer);
      clock.advance(expiresInSeconds - 1);
      await expectOpen(driver, customer, token);
      clock.advance(1);
      driver.expectRefusal(await driver.callGuarded(app.http, customer, token), 'invalid_token');
    },
  },
  {
    name: 'creates a valid key, lists it without its secret, and deletes it',
    needs: ['keys'],
    async holds(driver) {
      const [customer, keys] = [await newCustomer(), part(driver, 'keys')];
      const { token } = await open(driver, customer);
      const made = keys.readMade(await keys.make(app.http, token, 'Conformance'));
      expect(made).toMatchObject({ name: 'Conformance', keyId: expect.stringMatching(/^key_/) });
      expect(made.apiKey).toMatch(/^sk_live_/);
      const use = (): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: apiKey(made.apiKey) });

      const listed = await keys.list(app.http, token);
      expect(listed.text).not.toContain(made.apiKey);
      const found = keys.readList(listed).find(({ keyId }) => keyId === made.keyId);
      expect(found).toMatchObject({ name: 'Conformance', lastUsed: null });
      expect((await use()).body.data).toMatchObject({ id: customer.id });

      const deleted = await keys.delete(app.http, token, made.keyId);
      expect({ status: deleted.status, text: deleted.text }).toEqual({ status: 204, text: '' });
      expect((await use()).status).toBe(401);
      const left = keys.readList(await keys.list(app.http, token));
      expect(left.map(({ keyId }) => keyId)).not.toContain(made.keyId);
      driver.expectRefusal(await keys.delete(app.http, token, made.keyId), 'api_key_not_found');
    },
  },
  {
    name: 'does not find the key of another user',
    needs: ['keys'],
    async holds(driver) {
      const [owner, stranger, keys] = [await newCustomer(), await newCustomer(), part(driver, 'keys')];
      const [own, foreign] = [(await open(driver, owner)).token, (await open(driver, stranger)).token];
      const { keyId } = keys.readMade(await keys.make(app.http, own, 'Mine'));
      driver.expectRefusal(await keys.delete(app.http, foreign, keyId), 'api_key_not_found');
      expect(keys.readList(await keys.list(app.http, own)).map((key) => key.keyId)).toContain(keyId);
    },
  },
  {
    name: 'refuses a sign-up where sign-up is by invitation, and says so',
    needs: ['signUp'],
    async holds(driver) {
      const signUpOnce = part(driver, 'signUp');
      expect((await signUpOnce(app.http)).status).toBe(201);
      const accounts = await count(database, 'users');
      driver.expectRefusal(await signUpOnce(strict.http), 'sign_up_closed');
      expect(await count(database, 'users')).toBe(accounts);
    },
  },
  {
    name: 'refuses a limited session, and says what to do',
    needs: ['callUnlimited'],
    async holds(driver) {
      const [customer, call] = [await newCustomer(), part(driver, 'callUnlimited')];
      const { token } = (
        await strict.http.post('/api/auth/login', { json: { email: customer.email, password: PASSWORD } })
      ).body.data;
      driver.expectRefusal(await call(strict.http, customer, token), 'email_not_verified');
    },
  },
  {
    name: 'asks for the code of an authenticator app where there is one, and takes it with the login',
    needs: ['takesCode'],
    async holds(driver) {
      const customer = await newCustomer();
      const authenticator = await insertTotp(app, clock, customer.id);
      driver.expectRefusal(await logIn(driver, customer), 'second_factor_required');
      const withCode = (code: string): Promise<HttpAnswer> =>
        driver.sendLogin(app.http, customer, { json: { ...driver.loginBody(customer, PASSWORD), code } });
      driver.expectRefusal(await withCode(authenticator.wrongCode()), 'second_factor_required');
      const { token } = driver.readLogin(await withCode(authenticator.code()), customer);
      await expectOpen(driver, customer, token);
    },
  },
  {
    name: 'refuses a login that is no longer recent, and says so',
    needs: ['callRecent'],
    async holds(driver) {
      const { token } = await open(driver, await newCustomer());
      const call = part(driver, 'callRecent');
      clock.advance(599);
      expect((await call(strict.http, token)).status).toBe(202);
      clock.advance(1);
      driver.expectRefusal(await call(strict.http, token), 'reauthentication_required');
    },
  },
  {
    name: 'refuses a guarded call without a token',
    async holds(driver) {
      driver.expectRefusal(await driver.callGuarded(app.http, await newCustomer()), 'authentication_required');
    },
  },
  {
    name: 'refuses a malformed token',
    async holds(driver) {
      driver.expectRefusal(await driver.callGuarded(app.http, await newCustomer(), 'not.a.token'), 'invalid_token');
    },
  },
  {
    name: 'answers an unknown route in its own shape',
    async holds(driver) {
      driver.expectRefusal(await app.http.get(driver.unknownPath), 'route_not_found');
    },
  },
  {
    name: 'answers malformed JSON in its own shape',
    async holds(driver) {
      const call = { raw: '{"password": ', headers: { 'content-type': 'application/json' } };
      driver.expectRefusal(await driver.sendLogin(app.http, await newCustomer(), call), 'malformed_json');
    },
  },
  {
    name: 'refuses missing fields and fields of the wrong type',
    async holds(driver) {
      const customer = await newCustomer();
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json: {} }), 'invalid_request');
      const json = { ...driver.loginBody(customer, PASSWORD), password: 12345678 };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json }), 'invalid_request');
    },
  },
  {
    name: 'refuses an unknown field',
    async holds(driver) {
      const customer = await newCustomer();
      const json = { ...driver.loginBody(customer, PASSWORD), remember: true };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json }), 'invalid_request');
    },
  },
  {
    name: 'refuses an unsupported content type',
    async holds(driver) {
      const customer = await newCustomer();
      const raw = JSON.stringify(driver.loginBody(customer, PASSWORD));
      const call = { raw, headers: { 'content-type': 'text/plain' } };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, call), 'unsupported_media_type');
    },
  },
  {
    name: 'limits password guesses, and says for how long',
    async holds(driver) {
      const customer = await newCustomer();
      const from = freshAddress();
      const guess = (password: string): Promise<HttpAnswer> =>
        driver.sendLogin(app.http, customer, {
          json: driver.loginBody(customer, password),
          headers: { 'x-forwarded-for': from },
        });
      for (let i = 0; i < 10; i++) driver.expectRefusal(await guess('not-the-password'), 'invalid_credentials');
      const refused = await guess(PASSWORD);
      driver.expectRefusal(refused, 'rate_limited');
      const seconds = Number(refused.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(900);
    },
  },
  {
    name: 'answers a lost database with Retry-After, and recovers by itself',
    async holds(driver) {
      const customer = await newCustomer();
      const { token } = await open(driver, customer);
      await proxy.stop();
      try {
        for (const answer of [await logIn(driver, customer), await driver.callGuarded(app.http, customer, token)]) {
          driver.expectRefusal(answer, 'service_unavailable');
          expect(answer.headers.get('retry-after')).toBe('5');
        }
      } finally {
        await proxy.start();
      }
      await vi.waitFor(async () => expect((await app.http.get('/health/ready')).status).toBe(200), 60_000);
      await expectOpen(driver, customer, token);
      await open(driver, customer);
    },
  },
];

const promised = (driver: Driver, { needs = [] }: Behaviour): boolean =>
  needs.every((name) => driver[name] !== undefined);

/** The results by behaviour, then by contract. */
const outcomes = new Map<string, Map<string, boolean>>(BEHAVIOURS.map(({ name }) => [name, new Map()]));

describe.each(DRIVERS.map((driver) => [driver.contract, driver] as const))('%s', (contract, driver) => {
  const promises = BEHAVIOURS.filter((behaviour) => promised(driver, behaviour));
  it.each(promises.map(({ name, holds }) => [name, holds] as const))('%s', async (name, holds) => {
    outcomes.get(name)?.set(contract, false);
    await holds(driver);
    outcomes.get(name)?.set(contract, true);
  });
});

describe('the contracts', () => {
  it('lack only the features that their documents lack', () => {
    const lacking = DRIVERS.map((driver) => [driver.contract, PARTS.filter((name) => driver[name] === undefined)]);
    expect(Object.fromEntries(lacking)).toEqual({
      '/api': [],
      '/api/v1': ['signUp', 'callRecent'],
      // All that a login can do in it is open to limited sessions.
      '/v1': ['keys', 'callUnlimited', 'callRecent'],
      '/ (feed)': ['refresh', 'logout', 'keys', 'signUp', 'callRecent', 'takesCode'],
    });
  });
});

/** Behaviour × contract: ✓ holds, ✗ fails, – not part of the contract, a space: not run. */
function table(): string {
  const width = Math.max(...BEHAVIOURS.map(({ name }) => name.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell, i) => cell.padEnd(DRIVERS[i].contract.length))].join('  ').trimEnd();
  const head = line(
    '',
    DRIVERS.map(({ contract }) => contract),
  );
  const rows = BEHAVIOURS.map((behaviour) =>
    line(
      behaviour.name,
      DRIVERS.map((driver) => {
        if (!promised(driver, behaviour)) return '–';
        const held = outcomes.get(behaviour.name)?.get(driver.contract);
        return held === undefined ? ' ' : held ? '✓' : '✗';
      }),
    ),
  );
  return [head, ...rows].join('\n');
}

// The table is the readable result of this suite.
afterAll(() => console.log(`\n${table()}\n`));
