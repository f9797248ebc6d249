import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { untilWaiting } from '../support/accounts.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { onPostgres } from '../support/database.js';
import { withDeadlock } from '../support/deadlock.js';
import { bearer, type HttpAnswer } from '../support/http-client.js';
import {
  addPasskey,
  ANDROID_ORIGIN,
  createPasskey,
  logInByPasskey,
  ORIGIN,
  PASSKEY_ENV,
  signChallenge,
  verifiedPerson,
} from '../support/passkeys.js';
import { type Person, superAdmin } from '../support/people.js';
import { recordRequestQueries } from '../support/queries.js';
import { type Deviation, SoftwareAuthenticator } from '../support/software-authenticator.js';

const LIFETIME_SECONDS = 300;
const REFUSAL = { statusCode: 401, message: 'Invalid credentials', error: 'Unauthorized', code: 'invalid_credentials' };

let app: TestApp;
/** Another instance on the same database. */
let other: TestApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock(new Date());
  app = await startApp({ env: PASSKEY_ENV, clock });
  other = await startApp({ env: PASSKEY_ENV, clock, database: app.database });
  stopBackgroundWork(app);
  stopBackgroundWork(other);
});
afterAll(async () => {
  await other.close();
  await app.close();
});

const present = (credential: object, to = app): Promise<HttpAnswer> =>
  to.http.post('/api/auth/passkey', { json: { credential } });
const events = async (event: string, userId: string): Promise<object[]> => {
  const { headers } = await superAdmin(app);
  return (await app.http.get(`/api/audit?event=${event}&userId=${userId}`, { headers })).body.data as never;
};

describe('POST /api/auth/passkey/options', () => {
  it('names no one and no passkey, and sends no statement', async () => {
    await addPasskey(app, await verifiedPerson(app));
    const queries = recordRequestQueries(app.database.dataSource);
    const answers = [
      await app.http.post('/api/auth/passkey/options'),
      await app.http.post('/api/auth/passkey/options'),
    ];
    expect(queries).toEqual([]);
    for (const { body } of answers) {
      expect(body.data).toEqual({
        challenge: expect.stringMatching(/^[A-Za-z0-9_-]{72}$/),
        ...{ rpId: 'app.example', timeout: LIFETIME_SECONDS * 1000, userVerification: 'required' },
      });
    }
    expect(answers[0]?.body.data.challenge).not.toBe(answers[1]?.body.data.challenge);
  });

  it('is limited to 120 a minute per network', async () => {
    const limited = await startApp({ env: { ...PASSKEY_ENV, RATE_LIMIT_ENABLED: 'true' } });
    try {
      const statuses: number[] = [];
      for (let i = 0; i < 121; i++) statuses.push((await limited.http.post('/api/auth/passkey/options')).status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(120);
      expect(statuses.at(-1)).toBe(429);
    } finally {
      await limited.close();
    }
  });
});

describe('POST /api/auth/passkey', () => {
  it('opens a session that is recent and can be refreshed', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    const { status, headers, body } = await logInByPasskey(app, authenticator);
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({ message: 'You have logged in successfully!', data: { user: { id: person.id } } });
    const security = await app.http.get('/api/users/me/security', { headers: bearer(body.data.token) });
    expect(security.body.data['recentUntil']).toBe(new Date(clock.now().getTime() + 600_000).toISOString());
    const refreshed = await app.http.post('/api/auth/refresh', { json: { refreshToken: body.data.refreshToken } });
    expect(refreshed.status).toBe(200);
    expect(await events('login.succeeded', person.id)).toHaveLength(1);
  });

  it.each([ORIGIN, 'https://admin.app.example', ANDROID_ORIGIN])('accepts a client at %s', async (origin) => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person, new SoftwareAuthenticator({ origin }));
    expect(await logInByPasskey(app, authenticator)).toMatchObject({
      status: 200,
      body: { data: { user: { id: person.id } } },
    });
  });
});

describe('ACCOUNTS 47: a login by passkey', () => {
  async function registered(making?: ConstructorParameters<typeof SoftwareAuthenticator>[0]) {
    const person = await verifiedPerson(app);
    const { id, authenticator } = await addPasskey(app, person, new SoftwareAuthenticator(making));
    return { person, id, authenticator };
  }

  /** What clients see of an answer, but for what differs between any two. */
  const seen = ({ status, headers, text }: HttpAnswer): string => {
    const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
    return JSON.stringify([status, kept, text]);
  };

  it('gets one answer for every fault, without any text of the library in it or in the log', async () => {
    const { person, authenticator } = await registered();
    const { authenticator: removed, id, person: remover } = await registered();
    const { authenticator: suspended, person: suspect } = await registered();
    const stranger = await verifiedPerson(app);
    const root = await superAdmin(app);
    await app.http.delete(`/api/users/me/passkeys/${id}`, { headers: remover.headers });
    await app.http.patch(`/api/users/${suspect.id}`, { headers: root.headers, json: { status: 'suspended' } });
    const registration = await app.http.post('/api/users/me/passkeys/options', { headers: person.headers });
    const { authenticator: unknown } = { authenticator: new SoftwareAuthenticator() };
    await createPasskey(app, stranger, unknown);
    const spent = await signChallenge(app, authenticator);
    expect(await present(spent)).toMatchObject({ status: 200 });
    const late = await signChallenge(app, authenticator);
    const handleOf = (userId: string): string => Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');

    const deviations: Record<string, Deviation> = {
      'another origin': { origin: 'https://evil.example' },
      'the domain of the origin with another scheme': { origin: 'http://app.example' },
      'another app': { origin: `${ANDROID_ORIGIN.slice(0, -1)}B` },
      'another domain': { rpId: 'evil.example' },
      'a frame of another origin': { clientData: { crossOrigin: true } },
      'a page in a frame': { clientData: { crossOrigin: true, topOrigin: 'https://evil.example' } },
      'a challenge of no one': { challenge: 'a'.repeat(72) },
      'no challenge': { challenge: '' },
      'a challenge that is no string': { clientData: { challenge: { toString: 1 } } },
      'a challenge of a registration': { challenge: registration.body.data.challenge },
      'the type of a registration': { type: 'webauthn.create' },
      'no user verification': { userVerified: false },
      'no user presence': { userPresent: false },
      'a wrong signature': { signature: Buffer.from('3006020101020101', 'hex') },
      'an empty signature': { signature: Buffer.alloc(0) },
      'the handle of another user': { userHandle: handleOf(stranger.id) },
      'no handle': { userHandle: undefined },
      'an empty handle': { userHandle: '' },
      'a synced key that says it is not': { isSynced: false },
      'an unknown id': { id: 'AAAA' },
      'an empty id': { id: '' },
      'an id that is not base64url': { id: '\u0000 é/+=' },
    };
    const answers: Record<string, HttpAnswer> = {
      'a passkey that was never added': await logInByPasskey(app, unknown),
      'a passkey that was removed': await logInByPasskey(app, removed),
      'a suspended user': await logInByPasskey(app, suspended),
      'a replay': await present(spent),
      'a challenge that was spent': await present({
        ...(await signChallenge(app, authenticator, { challenge: challengeIn(spent) })),
      }),
    };
    for (const [fault, deviation] of Object.entries(deviations)) {
      answers[fault] = await logInByPasskey(app, authenticator, deviation);
    }
    const good = await signChallenge(app, authenticator);
    const broken: Record<string, object> = {
      'client data that is not JSON': { clientDataJSON: 'AAAA' },
      'client data that is null': { clientDataJSON: Buffer.from('null').toString('base64url') },
      'client data that is empty': { clientDataJSON: '' },
      'authenticator data that is too short': { authenticatorData: 'AAAA' },
      'authenticator data with more behind it': { authenticatorData: `${good.response.authenticatorData}AAAA` },
    };
    for (const [fault, change] of Object.entries(broken)) {
      answers[fault] = await present({ ...good, response: { ...good.response, ...change } });
    }
    answers['another type'] = await present({ ...good, type: 'password' });
    answers['a raw id that differs'] = await present({ ...good, rawId: 'AAAA' });
    clock.advance(LIFETIME_SECONDS);
    answers['a challenge that has expired'] = await present(late);
    clock.advance(-LIFETIME_SECONDS);

    const [first] = Object.values(answers);
    expect(first?.body).toEqual(REFUSAL);
    for (const [fault, answer] of Object.entries(answers)) expect([fault, seen(answer)]).toEqual([fault, seen(first)]);
    const words = /webauthn|simplewebauthn|authenticator|expected|Unexpected|rpId|CBOR|\bcounter\b|evil\.example/i;
    expect(app.logLines.filter((line) => words.test(line))).toEqual([]);
    expect(await present(good)).toMatchObject({ status: 200 });
    expect(await events('login.failed', person.id)).not.toEqual([]);
  });

  it('spends a challenge once, also when it is presented twenty times at once', async () => {
    const { authenticator } = await registered();
    const signed = await signChallenge(app, authenticator);
    const answers = await Promise.all(Array.from({ length: 20 }, () => present(signed)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  it('accepts a challenge on every instance, and spends it for all of them', async () => {
    const { authenticator } = await registered();
    const signed = await signChallenge(app, authenticator);
    expect(await present(signed, other)).toMatchObject({ status: 200 });
    expect(await present(signed)).toMatchObject({ status: 401 });
  });

  it('logs in by a synced key whose counter stays at 0', async () => {
    const { person, authenticator } = await registered({ isSynced: true, counts: false });
    for (let i = 0; i < 3; i++) expect(await logInByPasskey(app, authenticator)).toMatchObject({ status: 200 });
    expect(await events('passkey.clone_suspected', person.id)).toEqual([]);
  });

  it('logs in by a synced key whose counter does not grow, and reports it', async () => {
    const { person, authenticator } = await registered({ isSynced: true, counts: true });
    const copy = authenticator.clone();
    for (const one of [authenticator, authenticator, copy]) {
      expect(await logInByPasskey(app, one)).toMatchObject({ status: 200 });
    }
    expect(await events('passkey.clone_suspected', person.id)).toHaveLength(1);
    expect(await logInByPasskey(app, authenticator)).toMatchObject({ status: 200 });
    expect(await events('passkey.clone_suspected', person.id)).toHaveLength(1);
  });

  it('reports a synced key whose counter does not grow once, though a deadlock repeats the login', async () => {
    const { person, authenticator } = await registered({ isSynced: true, counts: true });
    const copy = authenticator.clone();
    expect(await logInByPasskey(app, authenticator)).toMatchObject({ status: 200 });
    const answer = await withDeadlock(app.database, 'UPDATE ON passkeys', () => logInByPasskey(app, copy));
    expect(answer).toMatchObject({ status: 200 });
    expect(await events('passkey.clone_suspected', person.id)).toHaveLength(1);
  });

  it('refuses a copy of a key that is on one device, and reports it', async () => {
    const { person, id, authenticator } = await registered({ isSynced: false, counts: true });
    const copy = authenticator.clone();
    for (let i = 0; i < 2; i++) expect(await logInByPasskey(app, authenticator)).toMatchObject({ status: 200 });
    const refused = [await logInByPasskey(app, copy), await logInByPasskey(app, copy, { signCount: 0 })];
    for (const answer of refused) expect(answer).toMatchObject({ status: 401, body: REFUSAL });
    expect(await events('passkey.clone_suspected', person.id)).toMatchObject([
      { details: { passkeyId: id } },
      { details: { passkeyId: id } },
    ]);
    expect(await logInByPasskey(app, authenticator)).toMatchObject({ status: 200 });
  });

  it('counts one of several at once that have one counter, of a key that is not synced', async () => {
    const { authenticator } = await registered({ isSynced: false, counts: true });
    const signed = await Promise.all(
      Array.from({ length: 5 }, () => signChallenge(app, authenticator.clone(), { signCount: 7 })),
    );
    const answers = await Promise.all(signed.map((credential) => present(credential)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.runIf(onPostgres())('waits for a removal of the passkey, and is refused after it', async () => {
    const { person, id, authenticator } = await registered();
    const signed = await signChallenge(app, authenticator);
    let login: Promise<HttpAnswer> | undefined;
    await app.database.transaction(async (manager) => {
      await manager.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [person.id]);
      login = present(signed);
      await untilWaiting(app.database, 1);
      await manager.query('DELETE FROM passkeys WHERE id = $1', [id]);
    });
    expect(await login).toMatchObject({ status: 401 });
  });
});

function challengeIn({ response }: { response: { clientDataJSON: string } }): string {
  const data = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()) as { challenge: string };
  return data.challenge;
}

describe('POST /api/auth/reauthenticate with a credential', () => {
  const confirm = (person: Person, credential: object, more: object = {}): Promise<HttpAnswer> =>
    app.http.post('/api/auth/reauthenticate', { headers: person.headers, json: { credential, ...more } });

  it('makes the session recent again, once for each challenge', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    clock.advance(11 * 60);
    const options = (): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/passkeys/options', { headers: person.headers });
    expect(await options()).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    const signed = await signChallenge(app, authenticator);
    const recentUntil = new Date(clock.now().getTime() + 600_000).toISOString();
    expect(await confirm(person, signed)).toMatchObject({ status: 200, body: { data: { recentUntil } } });
    expect(await options()).toMatchObject({ status: 200 });
    expect(await confirm(person, signed)).toMatchObject({ status: 401, body: REFUSAL });
  });

  it('refuses the passkey of another user, and a challenge of a registration', async () => {
    const [person, other] = [await verifiedPerson(app), await verifiedPerson(app)];
    const { authenticator } = await addPasskey(app, other);
    expect(await confirm(person, await signChallenge(app, authenticator))).toMatchObject({
      status: 401,
      body: REFUSAL,
    });
    const own = (await addPasskey(app, person)).authenticator;
    const { body } = await app.http.post('/api/users/me/passkeys/options', { headers: person.headers });
    const challenge = body.data.challenge;
    expect(await confirm(person, await signChallenge(app, own, { challenge }))).toMatchObject({ status: 401 });
    expect(await events('second_factor.failed', person.id)).toHaveLength(2);
    for (const { id } of [person, other]) expect(await events('login.failed', id)).toEqual([]);
    expect(await confirm(person, await signChallenge(app, own))).toMatchObject({ status: 200 });
  });

  it('takes a password or a credential, not both and not neither', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    const signed = await signChallenge(app, authenticator);
    for (const [field, value] of [
      ['password', person.password],
      ['code', '123456'],
    ] as const) {
      expect(await confirm(person, signed, { [field]: value })).toMatchObject({
        status: 400,
        body: { errors: [{ field, code: 'conflict', other: 'credential' }] },
      });
    }
    const empty = await app.http.post('/api/auth/reauthenticate', { headers: person.headers, json: {} });
    expect(empty).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await confirm(person, signed)).toMatchObject({ status: 200 });
  });
});
