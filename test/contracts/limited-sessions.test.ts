import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateApiKey, generateKeyId, hashApiKey, lastFourOf } from '../../src/modules/api-keys/api-key-secret.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { claimsOf } from '../support/tokens.js';

describe('ACCOUNTS 51: EMAIL_VERIFICATION=required', () => {
  let app: MailApp;
  beforeAll(async () => {
    app = await startMailApp({ env: { EMAIL_VERIFICATION: 'required' } });
  });
  afterAll(() => app.close());

  const verify = async (person: Person): Promise<HttpAnswer> =>
    app.http.post('/api/users/me/email/verify', {
      headers: person.headers,
      json: { code: await app.codeFor(person.email) },
    });

  it('mails a code at sign-up, and limits the session until it comes back', async () => {
    const person = await signUp(app);
    expect(claimsOf(person.token)).toMatchObject({ aud: 'stagedoor#limited', limit: 'email_not_verified' });
    const refused = await app.http.get('/api/artists', { headers: person.headers });
    expect(refused).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
    expect((await verify(person)).status).toBe(200);
    const json = { refreshToken: person.refreshToken };
    const { token } = (await app.http.post('/api/auth/refresh', { json })).body.data;
    expect(claimsOf(token)).toMatchObject({ aud: 'stagedoor' });
    expect(claimsOf(token)).not.toHaveProperty('limit');
    expect((await app.http.get('/api/artists', { headers: bearer(token) })).status).toBe(200);
  });

  it.each([
    ['GET', '/api/users/me', 200],
    ['GET', '/api/users/me/security', 200],
    ['GET', '/api/users/me/export', 200],
    ['DELETE', '/api/users/me', 204],
    ['GET', '/api/auth/sessions', 200],
    ['POST', '/api/users/me/email/resend', 202],
    ['GET', '/v1/user/profile', 200],
    ['GET', '/api/users/me/passkeys', 403],
    ['PATCH', '/api/users/me', 403],
    ['POST', '/api/auth/keys', 403],
    ['GET', '/api/v1/auth/keys', 403],
    ['POST', '/api/artists', 403],
    ['GET', '/api/users', 403],
  ] as const)('answers a limited session %s %s with %i', async (method, path, status) => {
    const { headers } = await signUp(app);
    expect((await app.http.call(method, path, { headers })).status).toBe(status);
  });

  it('lets a limited session log out', async () => {
    const { headers } = await signUp(app);
    expect((await app.http.post('/api/auth/logout', { headers })).status).toBe(200);
    expect((await app.http.get('/api/users/me', { headers })).status).toBe(401);
  });

  it('accepts the API keys of an owner from the moment the address is verified', async () => {
    const person = await signUp(app);
    const secret = generateApiKey();
    await app.database.query(
      `INSERT INTO api_keys (id, key_id, user_id, name, secret_hash, last_four, scopes, created_at)
       VALUES (gen_random_uuid(), $1, $2, 'API key', $3, $4, '{profile:read}', now())`,
      [generateKeyId(), person.id, hashApiKey(secret), lastFourOf(secret)],
    );
    const use = (): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: apiKey(secret) });
    expect(await use()).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
    expect((await verify(person)).status).toBe(200);
    expect((await use()).status).toBe(200);
  });

  it('refuses the API keys of an unverified owner at once, also in the feed', async () => {
    const root = await superAdmin(app);
    const key = await makeKey(app, root);
    const use = (): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers: apiKey(key.apiKey) });
    expect((await use()).status).toBe(200);
    await app.database.query('UPDATE users SET email_verified_at = NULL WHERE id = $1', [root.id]);
    // On the embedded database, revocations are read when something is revoked through the app.
    const another = await makeKey(app, root);
    await app.http.delete(`/api/auth/keys/${another.keyId}`, { headers: root.headers });
    expect(await use()).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
    const form = { username: root.email, password: root.password };
    expect((await app.http.post('/auth', { headers: apiKey(key.apiKey), form })).status).toBe(403);
    await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [root.id]);
  });
});

describe('ACCOUNTS 46: a recent login', () => {
  let app: MailApp;
  beforeAll(async () => {
    app = await startMailApp();
  });
  afterAll(() => app.close());

  it('is required ten minutes after the login, and given by the password', async () => {
    const person = await signUp(app);
    const change = (): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/email', { headers: person.headers, json: { email: freshEmail() } });
    expect((await change()).status).toBe(202);
    await app.database.query(
      `UPDATE sessions SET authenticated_at = authenticated_at - interval '601 s' WHERE user_id = $1`,
      [person.id],
    );
    expect(await change()).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    const confirm = (password: string): Promise<HttpAnswer> =>
      app.http.post('/api/auth/reauthenticate', { headers: person.headers, json: { password } });
    expect(await confirm(`not ${PASSWORD}`)).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect((await confirm(PASSWORD)).status).toBe(200);
    expect((await change()).status).toBe(202);
  });

  it('is not renewed by a refresh', async () => {
    const person = await signUp(app);
    await app.database.query(
      `UPDATE sessions SET authenticated_at = authenticated_at - interval '601 s' WHERE user_id = $1`,
      [person.id],
    );
    const { token } = (await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } })).body
      .data;
    const json = { email: freshEmail() };
    const refused = await app.http.post('/api/users/me/email', { headers: bearer(token), json });
    expect(refused).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
  });
});

describe('ACCOUNTS 54: SIGN_UP=invited', () => {
  let app: MailApp;
  beforeAll(async () => {
    app = await startMailApp({ env: { SIGN_UP: 'invited' } });
  });
  afterAll(() => app.close());

  async function resetCode(email: string): Promise<string> {
    await app.http.post('/api/auth/password/forgot', { json: { email } });
    return app.codeFor(email);
  }

  it('closes no import', async () => {
    const [root, email] = [await superAdmin(app), freshEmail()];
    const line = { ndjson: { email, name: 'John Doe' }, headers: root.headers };
    expect((await app.http.post('/api/users/import', line)).text).toContain('"result":"created"');
    const json = { code: await resetCode(email), newPassword: PASSWORD };
    expect((await app.http.post('/api/auth/password/reset', { json })).status).toBe(200);
    expect((await app.http.post('/api/auth/login', { json: { email, password: PASSWORD } })).status).toBe(200);
  });

  it('closes every sign-up, and lets invitations in', async () => {
    const names = { firstName: 'John', lastName: 'Doe' };
    const json = { email: freshEmail(), password: PASSWORD };
    const answers = [
      await app.http.post('/api/auth/signup', { json: { ...json, name: 'John Doe' } }),
      await app.http.post('/api/auth/register', { json: { ...json, ...names } }),
      await app.http.post('/v1/auth/register', { json: { ...json, ...names } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect([answers[0]?.body.code, answers[2]?.body.error.code]).toEqual(['sign_up_closed', 'SIGN_UP_CLOSED']);
    const root = await superAdmin(app);
    const invited = await app.http.post('/api/users', {
      headers: root.headers,
      json: { email: json.email, name: 'John' },
    });
    expect(invited.status).toBe(201);
    const code = await app.codeFor(json.email);
    expect((await app.http.post('/api/auth/password/reset', { json: { code, newPassword: PASSWORD } })).status).toBe(
      200,
    );
    expect((await app.http.post('/api/auth/login', { json })).status).toBe(200);
  });
});
