import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  API_FIELDS,
  expectFaultsIn,
  expectFields,
  expectNoContent,
  expectRefusal,
  expectSuccess,
  INSTANT,
} from '../support/api-answers.js';
import { TestClock } from '../support/clock.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { makeKey, type Person, signUp, superAdmin } from '../support/people.js';

let app: TestApp;
let owner: Person;
beforeAll(async () => {
  app = await startApp();
  owner = await signUp(app);
});
afterAll(() => app.close());

type Headers = Record<string, string>;
const make = (json: unknown, headers: Headers = owner.headers): Promise<HttpAnswer> =>
  app.http.post('/api/auth/keys', { json, headers });
const list = (headers: Headers): Promise<HttpAnswer> => app.http.get('/api/auth/keys', { headers });
const remove = (keyId: string, headers: Headers): Promise<HttpAnswer> =>
  app.http.delete(`/api/auth/keys/${keyId}`, { headers });
const me = (headers: Headers): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers });

describe('POST /api/auth/keys', () => {
  it('201 returns the key once, with the default name and scopes', async () => {
    const answer = await make({});
    expectSuccess(answer, 201);
    expectFields(answer.body.data, [...API_FIELDS.key, 'apiKey']);
    expect(answer.body.data).toEqual({
      keyId: expect.stringMatching(/^key_[0-9A-Za-z]+$/),
      apiKey: expect.stringMatching(/^sk_live_[0-9A-Za-z]{36,}$/),
      name: 'API key',
      scopes: ['profile:read', 'artists:read', 'artists:write'],
      expiresAt: null,
      allowedNetworks: null,
      lastFour: (answer.body.data['apiKey'] as string).slice(-4),
      previousValidUntil: null,
      createdAt: expect.stringMatching(INSTANT),
      lastUsed: null,
    });
  });

  it('201 without a body, and with an empty JSON body', async () => {
    const { headers } = owner;
    expectSuccess(await app.http.post('/api/auth/keys', { headers }), 201);
    const labelled = { ...headers, 'content-type': 'application/json' };
    expectSuccess(await app.http.post('/api/auth/keys', { headers: labelled, raw: '' }), 201);
  });

  it('201 keeps name, scopes and expiry', async () => {
    const expiresAt = '2999-12-31T23:59:59.000Z';
    const answer = await make({ name: ' Feed 😀 ', scopes: ['users:read'], expiresAt });
    expect(answer.body.data).toMatchObject({ name: 'Feed 😀', scopes: ['users:read'], expiresAt });
    const last = await make({ expiresAt: '9999-12-31T22:59:59.999-01:00' });
    expect(last.body.data).toMatchObject({ expiresAt: '9999-12-31T23:59:59.999Z' });
    const nulls = await make({ name: null, scopes: null, expiresAt: null });
    expect(nulls.body.data).toMatchObject({ name: 'API key', expiresAt: null });
  });

  it('201 trims every string', async () => {
    const spaced = {
      name: ' Feed ',
      scopes: [' users:read '],
      expiresAt: ' 2999-12-31T23:59:59.000Z ',
      allowedNetworks: [' 203.0.113.0/24 '],
    };
    expect((await make(spaced)).body.data).toMatchObject({
      name: 'Feed',
      scopes: ['users:read'],
      expiresAt: '2999-12-31T23:59:59.000Z',
      allowedNetworks: ['203.0.113.0/24'],
    });
    for (const scopes of [['artists:read', ' artists:read']]) expectFaultsIn(await make({ scopes }), 'scopes');
  });

  it.each([
    ['name', ''],
    ['name', '\u200b'],
    ['name', 'x'.repeat(101)],
    ['name', 'a\u0000b'],
    ['name', 7],
    ['scopes', []],
    ['scopes', ['everything']],
    ['scopes', ['artists:read', 'artists:read']],
    ['scopes', 'artists:read'],
    ['scopes', [['artists:read']]],
    ['scopes', ['keys:write']],
    ['expiresAt', '2020-01-01T00:00:00Z'],
    ['expiresAt', '2999-02-30T00:00:00Z'],
    ['expiresAt', '2999-01-01'],
    ['expiresAt', '2999-01-01T25:00:00Z'],
    ['expiresAt', '+275760-09-13T00:00:00Z'],
    ['expiresAt', '9999-12-31T23:59:59-00:01'],
    ['expiresAt', '9999-12-31T23:59:59-23:59'],
    ['expiresAt', '0001-01-01T00:00:00+00:01'],
    ['expiresAt', 32503680000000],
    ['expiresAt', 'tomorrow'],
    ['keyId', 'key_mine'],
    ['userId', '00000000-0000-4000-8000-000000000000'],
    ['apiKey', 'sk_live_chosen'],
  ])('400 for %s %j', async (field, value) => {
    expectFaultsIn(await make({ [field]: value }), field);
  });

  it('409 for the 101st key', async () => {
    const person = await signUp(app);
    for (let i = 0; i < 100; i++) await makeKey(app, person);
    expectRefusal(await make({}, person.headers), 409, 'api_key_limit_reached');
    const [oldest] = (await list(person.headers)).body.data.slice(-1);
    expectNoContent(await remove(oldest.keyId, person.headers));
    expectSuccess(await make({}, person.headers), 201);
  });
});

describe('GET and DELETE /api/auth/keys', () => {
  it('200 lists the user’s own keys, newest first, without the secrets', async () => {
    const person = await signUp(app);
    expect((await list(person.headers)).body.data).toEqual([]);
    const [first, second] = [await makeKey(app, person, { name: 'a' }), await makeKey(app, person, { name: 'b' })];
    const answer = await list(person.headers);
    expectSuccess(answer, 200);
    for (const key of answer.body.data) expectFields(key, API_FIELDS.key);
    expect(answer.body.data.map((key) => key.keyId)).toEqual([second.keyId, first.keyId]);
    expect(answer.text).not.toContain('sk_live_');
  });

  it('204 revokes the key at once; then, and for another user’s key, the same 404', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    const key = await makeKey(app, person);
    expectSuccess(await me(apiKey(key.apiKey)), 200);
    const missing = await remove('key_nobodys', other.headers);
    expectRefusal(missing, 404, 'api_key_not_found');
    for (const keyId of [key.keyId, '%00', '__proto__', '%F0%9F%98%80', key.apiKey]) {
      expect((await remove(keyId, other.headers)).text).toBe(missing.text);
    }
    expectSuccess(await me(apiKey(key.apiKey)), 200);
    expectNoContent(await remove(key.keyId, person.headers));
    expectRefusal(await me(apiKey(key.apiKey)), 401, 'invalid_api_key');
    expect((await remove(key.keyId, person.headers)).text).toBe(missing.text);
  });

  it('even a SUPER_ADMIN neither lists nor deletes the keys of others', async () => {
    const root = await superAdmin(app);
    const key = await makeKey(app, await signUp(app));
    expectRefusal(await remove(key.keyId, root.headers), 404, 'api_key_not_found');
    expect((await list(root.headers)).text).not.toContain(key.keyId);
  });

  it('401 without credentials', async () => {
    for (const answer of [await make({}, {}), await list({}), await remove('key_x', {})]) {
      expectRefusal(answer, 401, 'authentication_required');
    }
  });
});

describe('an API key', () => {
  it('authenticates its owner, as x-api-key and as a Bearer token', async () => {
    const key = await makeKey(app, owner);
    for (const headers of [apiKey(key.apiKey), bearer(key.apiKey), { ...apiKey(key.apiKey), ...bearer(key.apiKey) }]) {
      expect((await me(headers)).body.data.id).toBe(owner.id);
    }
  });

  it('never manages keys, profiles, roles or users, with any scopes and role of its owner', async () => {
    const root = await superAdmin(app);
    const scopes = ['profile:read', 'artists:read', 'artists:write', 'users:read'];
    const key = await makeKey(app, root, { scopes });
    for (const headers of [apiKey(key.apiKey), bearer(key.apiKey)]) {
      for (const answer of [
        await make({}, headers),
        await list(headers),
        await remove(key.keyId, headers),
        await app.http.patch('/api/users/me', { headers, json: { name: 'Eve' } }),
        await app.http.patch(`/api/users/${owner.id}`, { headers, json: { role: 'admin' } }),
        await app.http.delete(`/api/users/${owner.id}`, { headers }),
        await app.http.post('/api/auth/logout', { headers }),
      ]) {
        expectRefusal(answer, 403, 'session_required');
      }
    }
    expectSuccess(await me(apiKey(key.apiKey)), 200);
  });

  it('has no more rights than its owner has now', async () => {
    const root = await superAdmin(app);
    const person = await signUp(app);
    const key = await makeKey(app, person, { scopes: ['users:read'] });
    const users = (): Promise<HttpAnswer> => app.http.get('/api/users', { headers: apiKey(key.apiKey) });
    expectRefusal(await users(), 403, 'forbidden');
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { role: 'admin' } });
    expectSuccess(await users(), 200, { list: true });
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { role: 'user' } });
    expectRefusal(await users(), 403, 'forbidden');
  });

  it('with a session of the same user has the rights of the session', async () => {
    const key = await makeKey(app, owner, { scopes: ['artists:read'] });
    const headers = { ...apiKey(key.apiKey), ...owner.headers };
    expectSuccess(await me(headers), 200);
    expectSuccess(await list(headers), 200);
  });

  it('401 with a session of another user, with an invalid token, and as an invalid key with a valid token', async () => {
    const [key, stranger] = [await makeKey(app, owner), await signUp(app)];
    const wrong = key.apiKey.slice(0, -1) + (key.apiKey.endsWith('a') ? 'b' : 'a');
    const theirs = await makeKey(app, stranger);
    expectRefusal(await me({ ...apiKey(key.apiKey), ...stranger.headers }), 401, 'invalid_token');
    expectRefusal(await me({ ...apiKey(key.apiKey), ...bearer('nonsense') }), 401, 'invalid_token');
    expectRefusal(await me({ ...apiKey(key.apiKey), authorization: 'Basic eDp5' }), 401, 'invalid_token');
    expectRefusal(await me({ ...apiKey(wrong), ...owner.headers }), 401, 'invalid_api_key');
    expectRefusal(await me({ ...apiKey(''), ...owner.headers }), 401, 'invalid_api_key');
    expectRefusal(await me({ ...apiKey(key.apiKey), ...bearer(theirs.apiKey) }), 401, 'invalid_token');
  });

  it('401 for every variation of the key', async () => {
    const { apiKey: key } = await makeKey(app, owner);
    for (const text of [
      '',
      'x',
      'sk_live_',
      key.slice(0, -1),
      `${key}x`,
      key.toUpperCase(),
      key.replace('live', 'test'),
    ]) {
      expectRefusal(await me(apiKey(text)), 401, 'invalid_api_key');
    }
  });

  it('is not accepted in the query or the body', async () => {
    const { apiKey: key } = await makeKey(app, owner);
    for (const name of ['api_key', 'x-api-key', 'access_token', 'token']) {
      expect((await app.http.get(`/api/users/me?${name}=${key}`)).status).toBeGreaterThanOrEqual(400);
      expect((await app.http.get(`/api/artists?${name}=${owner.token}`)).status).toBeGreaterThanOrEqual(400);
    }
    const json = { name: 'x', token: owner.token, access_token: owner.token };
    expectRefusal(await app.http.post('/api/artists', { json }), 401, 'authentication_required');
  });

  it('401 from the second at which it expires', async () => {
    const clock = new TestClock();
    const other = await startApp({ clock });
    try {
      const person = await signUp(other);
      const key = await makeKey(other, person, { expiresAt: '2026-01-01T12:30:00Z' });
      const call = (): Promise<HttpAnswer> => other.http.get('/api/users/me', { headers: apiKey(key.apiKey) });
      clock.advance(1799);
      expectSuccess(await call(), 200);
      clock.advance(1);
      expectRefusal(await call(), 401, 'invalid_api_key');
    } finally {
      await other.close();
    }
  });
});
