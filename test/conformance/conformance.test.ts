import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { openTestDatabase, type TestDatabase } from '../support/database.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { makeKey, PASSWORD, signUp, superAdmin } from '../support/people.js';
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

beforeAll(async () => {
  database = await openTestDatabase();
  proxy = new DatabaseProxy(new URL(database.url));
  await proxy.start();
  const target = { url: proxy.url, poolMax: 1, acquireTimeoutMs: 5000, statementTimeoutMs: 10_000 };
  const dataSource = await createDataSource(target).initialize();
  // Behind a proxy that says where the caller is: who guesses does it from a network of their own.
  const env = { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'loopback' };
  app = await startApp({ env, clock, database: { ...database, dataSource } });
});
afterAll(async () => {
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

/** What a contract may not have. A behaviour that needs it is no promise of a contract without it. */
type Part = 'refresh' | 'logout' | 'keys';

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

/** Shuts somebody out while they are logged in, and looks at every door. */
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
    name: 'logs in with the right password, and the token opens a guarded call',
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
    name: 'answers an unknown account as it does a wrong password',
    async holds(driver) {
      const customer = await newCustomer();
      const wrong = await logIn(driver, customer, 'not-the-password');
      const unknown = await driver.sendLogin(app.http, customer, { json: driver.strangerBody('not-the-password') });
      driver.expectRefusal(unknown, 'invalid_credentials');
      expect(unknown.text).toBe(wrong.text);
    },
  },
  {
    name: 'refreshes: a new access token, which opens the call; the refresh token stays good',
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
    name: 'logs out: the access token stops',
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
    name: 'logs out: the refresh token and what it gave stop, another login stays',
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
    name: 'shuts a suspended user out at once: token, refresh, login',
    holds: (driver) =>
      expectShutOut(driver, async ({ id }) => {
        const { headers } = await superAdmin(app);
        return app.http.patch(`/api/users/${id}`, { headers, json: { status: 'suspended' } });
      }),
  },
  {
    name: 'shuts a deleted user out at once: token, refresh, login',
    holds: (driver) =>
      expectShutOut(driver, async ({ id }) => {
        const { headers } = await superAdmin(app);
        return app.http.delete(`/api/users/${id}`, { headers });
      }),
  },
  {
    name: 'takes a token to its last second, and refuses it from then on',
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
    name: 'makes a key that works, lists it without its secret, deletes it, and it is gone',
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
    name: 'does not find the key of somebody else',
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
    name: 'refuses a guarded call without a token',
    async holds(driver) {
      driver.expectRefusal(await driver.callGuarded(app.http, await newCustomer()), 'authentication_required');
    },
  },
  {
    name: 'refuses a token that is none',
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
    name: 'refuses fields that are missing or of the wrong type',
    async holds(driver) {
      const customer = await newCustomer();
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json: {} }), 'invalid_request');
      const json = { ...driver.loginBody(customer, PASSWORD), password: 12345678 };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json }), 'invalid_request');
    },
  },
  {
    name: 'refuses a field that it does not know',
    async holds(driver) {
      const customer = await newCustomer();
      const json = { ...driver.loginBody(customer, PASSWORD), remember: true };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, { json }), 'invalid_request');
    },
  },
  {
    name: 'refuses a content type that it does not read',
    async holds(driver) {
      const customer = await newCustomer();
      const raw = JSON.stringify(driver.loginBody(customer, PASSWORD));
      const call = { raw, headers: { 'content-type': 'text/plain' } };
      driver.expectRefusal(await driver.sendLogin(app.http, customer, call), 'unsupported_media_type');
    },
  },
  {
    name: 'slows down who guesses passwords, and says for how long',
    async holds(driver) {
      const customer = await newCustomer();
      const from = `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`;
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
    name: 'answers a lost database with when to come back, and works again by itself',
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
      await vi.waitFor(async () => expect((await app.http.get('/health/ready')).status).toBe(200), 10_000);
      await expectOpen(driver, customer, token);
      await open(driver, customer);
    },
  },
];

const promised = (driver: Driver, { needs = [] }: Behaviour): boolean =>
  needs.every((name) => driver[name] !== undefined);

/** What came out: by behaviour, then by contract. */
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
  it('lack only what their documents lack', () => {
    const lacking = DRIVERS.map((driver) => [
      driver.contract,
      (['refresh', 'logout', 'keys'] as const).filter((name) => driver[name] === undefined),
    ]);
    expect(Object.fromEntries(lacking)).toEqual({
      '/api': [],
      '/api/v1': [],
      '/v1': ['keys'],
      '/ (feed)': ['refresh', 'logout', 'keys'],
    });
  });
});

/** Behaviour × contract: ✓ holds, ✗ does not, – is no part of that contract, a space: was not run. */
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

// The table is this suite's result, for people to read.
afterAll(() => console.log(`\n${table()}\n`));
