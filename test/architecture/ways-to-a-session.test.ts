import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person } from '../support/people.js';
import { addPasskey, logInByPasskey, PASSKEY_ENV, verifiedPerson } from '../support/passkeys.js';
import { type Authenticator, insertTotp } from '../support/second-factor.js';
import type { SoftwareAuthenticator } from '../support/software-authenticator.js';
import { ACCESS } from './access-table.js';
import type { Route } from './routes-of.js';

/** A user with an API key and a passkey, and a session that was opened before there was an authenticator app. */
interface Owner extends Person {
  readonly apiKey: string;
  readonly passkey: SoftwareAuthenticator;
}

interface Way {
  /** What the way answers where the user has no authenticator app. */
  readonly off: number;
  /** Where the user has one, without a code. */
  readonly withoutCode: number;
  /** And with a right code; absent: the way takes none. */
  readonly withCode?: number;
  readonly send: (owner: Owner, code: { readonly code?: string }) => Promise<HttpAnswer>;
}

let app: TestApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock, env: PASSKEY_ENV });
});
afterAll(() => app.close());

const post = (path: string, json: object): Promise<HttpAnswer> => app.http.post(path, { json });
const named = { firstName: 'John', lastName: 'Doe', password: PASSWORD };

const PASSWORD_LOGIN = { off: 200, withoutCode: 401, withCode: 200 };
/** The account is a new one: it has no factor. */
const SIGN_UP = { off: 201, withoutCode: 201 };
/** Goes on with a session that exists; what it may do is decided by how that was opened. */
const REFRESH = { off: 200, withoutCode: 200 };

const WAYS: Readonly<Record<Route, Way>> = {
  'POST /api/auth/login': {
    ...PASSWORD_LOGIN,
    send: ({ email }, code) => post('/api/auth/login', { email, password: PASSWORD, ...code }),
  },
  'POST /api/v1/auth/login': {
    ...PASSWORD_LOGIN,
    send: ({ username }, code) => post('/api/v1/auth/login', { username, password: PASSWORD, ...code }),
  },
  'POST /v1/auth/login': {
    ...PASSWORD_LOGIN,
    send: ({ email }, code) => post('/v1/auth/login', { email, password: PASSWORD, ...code }),
  },
  // Opens no more than the key alone.
  'POST /auth': {
    off: 200,
    withoutCode: 200,
    send: ({ email: username, apiKey: key }) =>
      app.http.post('/auth', { headers: apiKey(key), form: { username, password: PASSWORD } }),
  },
  // Two factors in one.
  'POST /api/auth/passkey': { off: 200, withoutCode: 200, send: ({ passkey }) => logInByPasskey(app, passkey) },
  'POST /api/auth/signup': {
    ...SIGN_UP,
    send: () => post('/api/auth/signup', { email: freshEmail(), name: 'John Doe', password: PASSWORD }),
  },
  'POST /api/auth/register': { ...SIGN_UP, send: () => post('/api/auth/register', { email: freshEmail(), ...named }) },
  'POST /v1/auth/register': { ...SIGN_UP, send: () => post('/v1/auth/register', { email: freshEmail(), ...named }) },
  'POST /api/auth/refresh': { ...REFRESH, send: ({ refreshToken }) => post('/api/auth/refresh', { refreshToken }) },
  'POST /api/v1/auth/refresh': {
    ...REFRESH,
    send: ({ refreshToken }) => post('/api/v1/auth/refresh', { refreshToken }),
  },
  'POST /v1/auth/refresh': { ...REFRESH, send: ({ refreshToken }) => post('/v1/auth/refresh', { refreshToken }) },
};

/** Open to anyone, and never answered with a token. */
const OPEN_NO_SESSION: readonly Route[] = [
  'POST /api/auth/passkey/options',
  'POST /api/auth/password/forgot',
  'POST /api/auth/password/reset',
  'POST /api/auth/email/undo',
];

/** The routes that someone without a session may call, with a password, a code, a key or nothing. */
const OPEN = Object.entries(ACCESS)
  .filter(([route, { expected }]) => expected.nobody !== 401 || /^POST \/(api\/auth\/passkey|auth)$/.test(route))
  .map(([route]) => route as Route);

async function newOwner(): Promise<Owner> {
  const person = await verifiedPerson(app);
  const { apiKey: key } = await makeKey(app, person);
  const { authenticator: passkey } = await addPasskey(app, person);
  return { ...person, apiKey: key, passkey };
}

const hasToken = ({ text }: HttpAnswer): boolean => /"(token|accessToken|access_token)":"ey/.test(text);

const rows: string[] = [];
afterAll(() => console.log(['way to a session × TOTP: off, on without a code, on with a code', ...rows].join('\n')));

describe('ACCOUNTS 43: a way to a session', () => {
  it('is every route that is open to anyone, but for those that never answer with a token', () => {
    expect(OPEN.toSorted()).toEqual([...Object.keys(WAYS), ...OPEN_NO_SESSION].sort());
  });

  it.each(Object.entries(WAYS))('%s asks for a code where there is an authenticator app', async (route, way) => {
    const owner = await newOwner();
    const off = await way.send(owner, {});
    expect([off.status, hasToken(off)], off.text).toEqual([way.off, true]);
    const authenticator: Authenticator = await insertTotp(app, clock, owner.id);
    const without = await way.send(owner, {});
    expect([without.status, hasToken(without)], without.text).toEqual([way.withoutCode, way.withoutCode < 300]);
    rows.push(`${route.padEnd(28)} ${way.off} ${way.withoutCode} ${way.withCode ?? '–'}`);
    if (way.withCode === undefined) return;
    const wrong = await way.send(owner, { code: authenticator.wrongCode() });
    expect([wrong.status, hasToken(wrong)], wrong.text).toEqual([401, false]);
    const right = await way.send(owner, { code: authenticator.code() });
    expect([right.status, hasToken(right)], right.text).toEqual([way.withCode, true]);
  });
});
