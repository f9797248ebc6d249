import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { bearer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import {
  addPasskey,
  createPasskey,
  logInByPasskey,
  PASSKEY_ENV,
  signChallenge,
  verifiedPerson,
} from '../support/passkeys.js';
import { freshEmail, logIn, type Person, signUp, superAdmin } from '../support/people.js';
import { Authenticator, insertTotp } from '../support/second-factor.js';
import { SoftwareAuthenticator } from '../support/software-authenticator.js';
import { claimsOf } from '../support/tokens.js';

const WEEK_SECONDS = 7 * 86_400;
const NEW_PASSWORD = 'Quiet-Harbour-4711';

describe('a passkey', () => {
  let app: MailApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock(new Date());
    app = await startMailApp({ env: PASSKEY_ENV, clock });
  });
  afterAll(() => app.close());

  const statusOf = async (authenticator: SoftwareAuthenticator): Promise<number> =>
    (await logInByPasskey(app, authenticator)).status;

  async function reset({ email }: Person): Promise<void> {
    await app.http.post('/api/auth/password/forgot', { json: { email } });
    const json = { code: await app.codeFor(email), newPassword: NEW_PASSWORD };
    expect((await app.http.post('/api/auth/password/reset', { json })).status).toBe(200);
  }

  it('ACCOUNTS 40: outlives a reset of a verified account, and not the takeover of another', async () => {
    const [owner, squatter] = [await verifiedPerson(app), await verifiedPerson(app)];
    const [kept, removed] = [await addPasskey(app, owner), await addPasskey(app, squatter)];
    // Added on a server that sent no mail at the time.
    await app.database.query('UPDATE users SET email_verified_at = NULL WHERE id = $1', [squatter.id]);
    await reset(owner);
    await reset(squatter);
    expect(await statusOf(kept.authenticator)).toBe(200);
    expect(await statusOf(removed.authenticator)).toBe(401);
  });

  it('ACCOUNTS 42: goes with an undone change of address unless the user has had it for seven days before', async () => {
    const person = await verifiedPerson(app);
    const old = await addPasskey(app, person);
    clock.advance(WEEK_SECONDS + 1);
    const thief = await logIn(app, person.email);
    const young = await addPasskey(app, thief);
    // So that the mail of the change is newer than the one of the passkey.
    clock.advance(1);
    const email = freshEmail();
    await app.http.post('/api/users/me/email', { headers: thief.headers, json: { email } });
    const json = { code: await app.codeFor(email) };
    await app.http.post('/api/users/me/email/verify', { headers: thief.headers, json });
    const undo = { code: await app.codeFor(person.email) };
    expect((await app.http.post('/api/auth/email/undo', { json: undo })).status).toBe(200);
    expect(await statusOf(young.authenticator)).toBe(401);
    expect(await statusOf(old.authenticator)).toBe(200);
  });

  it('is removed with all factors by an admin, which ends the sessions', async () => {
    const person = await verifiedPerson(app);
    const { authenticator } = await addPasskey(app, person);
    const { headers } = await superAdmin(app);
    expect((await app.http.delete(`/api/users/${person.id}/second-factor`, { headers })).status).toBe(204);
    expect(await statusOf(authenticator)).toBe(401);
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
  });
});

describe('with SECOND_FACTOR_REQUIRED_FOR=user', () => {
  let app: TestApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock(new Date());
    app = await startApp({ env: { ...PASSKEY_ENV, SECOND_FACTOR_REQUIRED_FOR: 'user' }, clock });
  });
  afterAll(() => app.close());

  const verified = async (): Promise<Person> => {
    const person = await signUp(app);
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    return person;
  };

  it('a passkey lifts the limit of the session in which it was added, and opens full sessions', async () => {
    const person = await verified();
    expect(claimsOf(person.token)).toHaveProperty('limit', 'second_factor_setup_required');
    const { authenticator } = await addPasskey(app, person);
    const { body } = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(claimsOf(body.data.token)).not.toHaveProperty('limit');
    const login = await logInByPasskey(app, authenticator);
    expect(claimsOf(login.body.data.token)).not.toHaveProperty('limit');
    expect((await app.http.get('/api/artists', { headers: bearer(login.body.data.token) })).status).toBe(200);
  });

  it('a password alone adds no other factor to one that its user has', async () => {
    const owner = await verified();
    const { authenticator } = await addPasskey(app, owner);
    const { headers } = await logIn(app, owner.email);
    const credential = await createPasskey(app, owner, new SoftwareAuthenticator());
    const post = (path: string, json?: object) => app.http.post(path, { headers, ...(json && { json }) });
    const refused = { status: 403, body: { code: 'second_factor_setup_required' } };
    expect(await post('/api/users/me/passkeys/options')).toMatchObject(refused);
    expect(await post('/api/users/me/passkeys', { credential })).toMatchObject(refused);
    expect(await post('/api/users/me/totp')).toMatchObject(refused);
    const confirmation = { credential: await signChallenge(app, authenticator) };
    expect((await post('/api/auth/reauthenticate', confirmation)).status).toBe(200);
    expect((await post('/api/users/me/passkeys', { credential })).status).toBe(201);
    expect((await post('/api/users/me/totp')).status).toBe(201);
  });

  it('a set-up that began before another factor was added does not complete with a password alone', async () => {
    const owner = await verified();
    const { headers } = await logIn(app, owner.email);
    const begun = await app.http.post('/api/users/me/totp', { headers });
    await addPasskey(app, owner);
    const json = { code: new Authenticator(begun.body.data.secret, clock).code() };
    expect(await app.http.post('/api/users/me/totp/verify', { headers, json })).toMatchObject({
      status: 403,
      body: { code: 'second_factor_setup_required' },
    });
  });

  it('the last factor cannot be removed, one of two can', async () => {
    const person = await verified();
    const [first, second] = [await addPasskey(app, person), await addPasskey(app, person)];
    const { body } = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    const headers = bearer(body.data.token);
    const remove = (id: string) => app.http.delete(`/api/users/me/passkeys/${id}`, { headers });
    const answers = await Promise.all([remove(first.id), remove(second.id)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('second_factor_required_by_policy');
    await insertTotp(app, clock, person.id);
    const left = await app.http.get('/api/users/me/passkeys', { headers });
    const [last] = left.body.data as unknown as { readonly id: string }[];
    expect((await remove(last?.id ?? '')).status).toBe(204);
  });
});
