import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestClock } from '../support/clock.js';
import { startApp, type TestApp } from '../support/app.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { admin, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { insertTotp, setUpTotp } from '../support/second-factor.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { claimsOf } from '../support/tokens.js';

const setupRequired = { status: 403, body: { code: 'second_factor_setup_required' } };

describe('SECOND_FACTOR_REQUIRED_FOR', () => {
  let app: TestApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock();
    app = await startApp({ clock, env: { SECOND_FACTOR_REQUIRED_FOR: 'admin' } });
  });
  afterAll(() => app.close());

  const refresh = async ({ refreshToken }: Person): Promise<string> =>
    (await app.http.post('/api/auth/refresh', { json: { refreshToken } })).body.data.token;

  /** An admin, who was promoted by SQL since the SUPER_ADMIN is limited too. */
  async function newAdmin(): Promise<Person> {
    const { id, email } = await signUp(app);
    await app.database.query(`UPDATE users SET role = 'admin', email_verified_at = now() WHERE id = $1`, [id]);
    return logIn(app, email);
  }

  it('logs at start how many users it limits', () => {
    expect(app.logLines.some((line) => line.includes('SECOND_FACTOR_REQUIRED_FOR') && line.includes('"users":'))).toBe(
      true,
    );
  });

  it('does not concern lower roles', async () => {
    expect(claimsOf((await signUp(app)).token)).not.toHaveProperty('limit');
  });

  it('limits a session that was opened without a factor, until one is set up in it and the token is refreshed', async () => {
    const person = await newAdmin();
    expect(claimsOf(person.token)).toMatchObject({ aud: 'stagedoor#limited', limit: 'second_factor_setup_required' });
    expect(await app.http.get('/api/users', { headers: person.headers })).toMatchObject(setupRequired);
    await setUpTotp(app, clock, person);
    const token = await refresh(person);
    expect(claimsOf(token)).not.toHaveProperty('limit');
    expect((await app.http.get('/api/users', { headers: bearer(token) })).status).toBe(200);
  });

  it('gives a full session to a login with a code', async () => {
    const { id, email } = await newAdmin();
    const code = (await insertTotp(app, clock, id)).code();
    const login = await app.http.post('/api/auth/login', { json: { email, password: PASSWORD, code } });
    expect(claimsOf(login.body.data.token)).not.toHaveProperty('limit');
  });

  it('lifts the limit of a session by a code at reauthentication', async () => {
    const person = await newAdmin();
    const code = (await insertTotp(app, clock, person.id)).code();
    expect(claimsOf(await refresh(person))).toHaveProperty('limit');
    const json = { password: PASSWORD, code };
    expect((await app.http.post('/api/auth/reauthenticate', { headers: person.headers, json })).status).toBe(200);
    expect(claimsOf(await refresh(person))).not.toHaveProperty('limit');
  });

  it('refuses the API keys of an owner without a factor at once, also with the feed, and takes them again with one', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person);
    const use = (): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: apiKey(key.apiKey) });
    expect((await use()).status).toBe(200);
    await app.database.query(`UPDATE users SET role = 'admin', email_verified_at = now() WHERE id = $1`, [person.id]);
    // On the embedded database, revocations are read when something is revoked through the app.
    const session = await logIn(app, person.email);
    await app.http.post('/api/auth/logout', { headers: session.headers });
    expect(await use()).toMatchObject(setupRequired);
    const form = { username: person.email, password: PASSWORD };
    expect((await app.http.post('/auth', { headers: apiKey(key.apiKey), form })).status).toBe(403);
    await setUpTotp(app, clock, await logIn(app, person.email));
    expect((await use()).status).toBe(200);
    expect((await app.http.post('/auth', { headers: apiKey(key.apiKey), form })).status).toBe(200);
  });

  it('keeps the last factor from being removed', async () => {
    const person = await newAdmin();
    await setUpTotp(app, clock, person);
    const remove = async (): Promise<HttpAnswer> =>
      app.http.delete('/api/users/me/totp', { headers: bearer(await refresh(person)) });
    expect(await remove()).toMatchObject({ status: 409, body: { code: 'second_factor_required_by_policy' } });
    await app.database.query('UPDATE users SET passkey_count = 1 WHERE id = $1', [person.id]);
    expect((await remove()).status).toBe(204);
  });
});

describe('an admin', () => {
  let app: TestApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock();
    app = await startApp({ clock });
  });
  afterAll(() => app.close());

  const remove = (by: Person, of: Person): Promise<HttpAnswer> =>
    app.http.delete(`/api/users/${of.id}/second-factor`, { headers: by.headers });

  it('sees in a session who has which factors', async () => {
    const [boss, person] = [await admin(app), await signUp(app)];
    const seen = async (headers: Person['headers']): Promise<unknown> =>
      (await app.http.get(`/api/users/${person.id}`, { headers })).body.data.secondFactor;
    expect(await seen(boss.headers)).toBe('none');
    await insertTotp(app, clock, person.id);
    expect(await seen(boss.headers)).toBe('totp');
    const list = await app.http.get('/api/users?size=100', { headers: boss.headers });
    expect(list.body.data).toContainEqual(expect.objectContaining({ id: person.id, secondFactor: 'totp' }));
    await app.database.query('UPDATE users SET passkey_count = 2 WHERE id = $1', [person.id]);
    expect(await seen(boss.headers)).toBe('both');
    await app.database.query('UPDATE users SET totp_enabled_at = NULL WHERE id = $1', [person.id]);
    expect(await seen(boss.headers)).toBe('passkey');
    const key = await makeKey(app, boss, { scopes: ['users:read'] });
    expect(await seen(apiKey(key.apiKey))).toBeUndefined();
    expect(await seen(person.headers)).toBeUndefined();
  });

  it('removes the factors of a user who lost them, which ends the sessions', async () => {
    const [boss, person] = [await admin(app), await signUp(app)];
    await setUpTotp(app, clock, person);
    expect((await remove(boss, person)).status).toBe(204);
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    const again = await logIn(app, person.email);
    const security = await app.http.get('/api/users/me/security', { headers: again.headers });
    expect(security.body.data).toMatchObject({ totp: false, recoveryCodesLeft: 0, passkeys: 0 });
  });

  it('does so only after a recent login, and not for another admin', async () => {
    const [boss, other, root] = [await admin(app), await admin(app), await superAdmin(app)];
    await insertTotp(app, clock, other.id);
    expect((await remove(boss, other)).status).toBe(403);
    clock.advance(601);
    expect(await remove(root, other)).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    expect((await remove(await superAdmin(app), other)).status).toBe(204);
  });
});

describe('the security page', () => {
  let app: TestApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock();
    app = await startApp({ clock });
  });
  afterAll(() => app.close());

  it('counts the recovery codes that are left', async () => {
    const person = await signUp(app);
    const { recoveryCodes } = await setUpTotp(app, clock, person);
    const json = { email: person.email, password: PASSWORD, code: recoveryCodes[3] };
    expect((await app.http.post('/api/auth/login', { json })).status).toBe(200);
    const { body } = await app.http.get('/api/users/me/security', { headers: person.headers });
    expect(body.data).toMatchObject({ totp: true, recoveryCodesLeft: 9, passkeys: 0 });
  });

  it.each([
    ['/api', '/api/auth/keys', 201, { code: 'reauthentication_required' }],
    ['/api/v1', '/api/v1/auth/keys', 201, { error: 'Log in again' }],
  ])('a new API key in %s takes a recent login of those who have a factor', async (_, path, created, refusal) => {
    const [person, plain] = [await signUp(app), await signUp(app)];
    await insertTotp(app, clock, person.id);
    const create = ({ headers }: Person): Promise<HttpAnswer> => app.http.post(path, { headers, json: {} });
    expect((await create(person)).status).toBe(created);
    clock.advance(601);
    expect(await create(person)).toMatchObject({ status: 403, body: refusal });
    expect((await create(plain)).status).toBe(created);
  });
});

describe('mails about second factors', () => {
  let app: MailApp;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock();
    app = await startMailApp({ clock });
  });
  afterAll(() => app.close());

  const subjectsTo = async ({ email }: Person): Promise<string[]> =>
    (await app.mailsTo(email)).map(({ subject }) => subject ?? '').sort();
  const login = ({ email }: Person, code?: string): Promise<HttpAnswer> =>
    app.http.post('/api/auth/login', { json: { email, password: PASSWORD, ...(code && { code }) } });

  it('report that an authenticator app was added, that its codes were replaced, and that it was removed', async () => {
    const [person, root] = [await signUp(app), await superAdmin(app)];
    await setUpTotp(app, clock, person);
    await app.http.post('/api/users/me/recovery-codes', { headers: person.headers });
    await app.http.delete('/api/users/me/totp', { headers: person.headers });
    await app.http.delete(`/api/users/${person.id}/second-factor`, { headers: root.headers });
    expect(await subjectsTo(person)).toEqual([
      'An authenticator app was added to your Stagedoor account',
      'New recovery codes for your Stagedoor account',
      'The authenticator app was removed from your Stagedoor account',
      'The second factors of your Stagedoor account were removed',
    ]);
  });

  it('warn at the tenth wrong code', async () => {
    const person = await signUp(app);
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    const authenticator = await insertTotp(app, clock, person.id);
    for (let i = 0; i < 9; i++) await login(person, authenticator.wrongCode());
    expect(await subjectsTo(person)).toEqual([]);
    for (let i = 0; i < 2; i++) await login(person, authenticator.wrongCode());
    expect(await subjectsTo(person)).toEqual(['Wrong codes for your Stagedoor account']);
  });

  it('report a right password without a code once a day, from a network that is not known', async () => {
    const person = await signUp(app);
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    await insertTotp(app, clock, person.id);
    await login(person);
    expect(await subjectsTo(person)).toEqual([]);
    await app.database.query('DELETE FROM known_networks WHERE user_id = $1', [person.id]);
    await login(person);
    await login(person);
    const subject = 'Your Stagedoor password was used without a code';
    expect(await subjectsTo(person)).toEqual([subject]);
    clock.advance(86_400);
    await login(person);
    expect(await subjectsTo(person)).toEqual([subject, subject]);
  });
});
