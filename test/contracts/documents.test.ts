import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectFields, expectNoContent, expectSuccess, INSTANT, UUID } from '../support/api-answers.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp } from '../support/people.js';

/*
 * The examples of three published documents, in their order, with the placeholders filled in. Each response must have
 * the names of the printed one, and values of the same kind.
 */

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/;
const text = (pattern: RegExp): string => expect.stringMatching(pattern) as string;

function expectExactly(answer: HttpAnswer, status: number, body: unknown): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body).toEqual(body);
}

describe('authentication-reference.txt', () => {
  let jane: Person;
  let headers: Record<string, string>;
  let refreshToken: string;
  beforeAll(async () => {
    jane = await signUp(app, { name: 'Jane Doe', username: `jane.doe.${randomBytes(4).toString('hex')}` });
    const login = await app.http.post('/api/v1/auth/login', { json: { username: jane.username, password: PASSWORD } });
    headers = bearer(login.body['token']);
    refreshToken = login.body['refreshToken'];
  });

  it('Login Endpoint: token, expires_in, the user, and the refresh token that the next chapter needs', async () => {
    const json = { username: jane.username, password: PASSWORD };
    expectExactly(await app.http.post('/api/v1/auth/login', { json }), 200, {
      token: text(JWT),
      expires_in: 3600,
      refreshToken: text(/^[\w-]{43,}$/),
      user: { id: jane.id, username: jane.username, email: jane.email },
    });
  });

  it('Login Endpoint: wrong credentials', async () => {
    const json = { username: jane.username, password: 'not-the-password' };
    expectExactly(await app.http.post('/api/v1/auth/login', { json }), 401, { error: 'Invalid credentials' });
  });

  it('Login Endpoint: an unknown user is "User not found" only with REVEAL_UNKNOWN_USERNAME', async () => {
    const json = { username: `nobody.${randomBytes(4).toString('hex')}`, password: PASSWORD };
    expectExactly(await app.http.post('/api/v1/auth/login', { json }), 401, { error: 'Invalid credentials' });
    const revealing = await startApp({ env: { REVEAL_UNKNOWN_USERNAME: 'true' } });
    try {
      expectExactly(await revealing.http.post('/api/v1/auth/login', { json }), 401, { error: 'User not found' });
    } finally {
      await revealing.close();
    }
  });

  it('Refresh Token Endpoint', async () => {
    const answer = await app.http.post('/api/v1/auth/refresh', { json: { refreshToken } });
    expectExactly(answer, 200, { token: text(JWT), expires_in: 3600 });
    const refused = await app.http.post('/api/v1/auth/refresh', { json: { refreshToken: 'YOUR_REFRESH_TOKEN' } });
    expectExactly(refused, 401, { error: 'Invalid or expired refresh token' });
  });

  it('API Key Management: create, list, delete, delete again', async () => {
    const made = await app.http.post('/api/v1/auth/keys', { headers, json: { name: 'My Integration Key' } });
    expectExactly(made, 201, {
      keyId: text(/^key_\w+$/),
      apiKey: text(/^sk_live_\w+$/),
      name: 'My Integration Key',
      createdAt: text(INSTANT),
    });
    const { keyId } = made.body;
    expectExactly(await app.http.get('/api/v1/auth/keys', { headers }), 200, [
      { keyId, name: 'My Integration Key', createdAt: made.body['createdAt'], lastUsed: null },
    ]);
    expectNoContent(await app.http.delete(`/api/v1/auth/keys/${keyId}`, { headers }));
    const again = await app.http.delete(`/api/v1/auth/keys/${keyId}`, { headers });
    expectExactly(again, 404, { error: 'API key not found' });
  });

  it('API Key Management: the create call as printed, without a body', async () => {
    const made = await app.http.post('/api/v1/auth/keys', { headers });
    expect(made.status, made.text).toBe(201);
    expect(made.body['name']).toBe('API key');
  });

  it('Logout Endpoint: then, and without a token, authentication is required', async () => {
    expectExactly(await app.http.post('/api/v1/auth/logout', { headers }), 200, { message: 'Successfully logged out' });
    for (const again of [headers, {}]) {
      const refused = await app.http.post('/api/v1/auth/logout', { headers: again });
      expectExactly(refused, 401, { error: 'Authentication required' });
    }
  });
});

describe('user-authentication.txt', () => {
  const email = freshEmail();
  const credentials = { email, password: 'SecurePass123!' };
  let registered: HttpAnswer;
  let login: HttpAnswer;
  beforeAll(async () => {
    const json = { ...credentials, firstName: 'John', lastName: 'Doe' };
    registered = await app.http.post('/v1/auth/register', { json });
    login = await app.http.post('/v1/auth/login', { json: credentials });
  });

  it('POST /auth/register: the user and only an access token', () => {
    expectExactly(registered, 201, {
      success: true,
      data: {
        user: { id: text(UUID), email, firstName: 'John', lastName: 'Doe', role: 'user', createdAt: text(INSTANT) },
        token: text(JWT),
      },
    });
  });

  it('Access Protected Resources: with the token from registration', async () => {
    const { user, token } = registered.body.data;
    const answer = await app.http.get('/v1/user/profile', { headers: bearer(token) });
    const updatedAt = text(INSTANT);
    expectExactly(answer, 200, { success: true, data: { user: { ...(user as object), updatedAt } } });
  });

  it.each([
    ['8 characters', 'Sh0rt!a', { code: 'too_short', min: 8 }],
    ['an uppercase letter', 'nouppercase1!', { code: 'missing_characters' }],
    ['a lowercase letter', 'NOLOWERCASE1!', { code: 'missing_characters' }],
    ['a number', 'NoDigitsHere!', { code: 'missing_characters' }],
    ['a special character', 'NoSpecial123', { code: 'missing_characters' }],
  ])('Password Requirements: %s', async (_, password, problem) => {
    const json = { email: freshEmail(), password, firstName: 'John', lastName: 'Doe' };
    expectExactly(await app.http.post('/v1/auth/register', { json }), 400, {
      success: false,
      error: {
        code: 'VALIDATION_ERROR',
        message: text(/./),
        details: [
          {
            field: 'password',
            ...problem,
            message: text(/^password must be 8 to 128 characters/),
          },
        ],
      },
    });
  });

  it('POST /auth/register: an e-mail that is taken', async () => {
    const json = { ...credentials, firstName: 'John', lastName: 'Doe' };
    expectExactly(await app.http.post('/v1/auth/register', { json }), 409, {
      success: false,
      error: {
        code: 'EMAIL_ALREADY_EXISTS',
        message: text(/./),
        details: [{ field: 'email', code: 'taken', message: text(/./) }],
      },
    });
  });

  it('POST /auth/login', () => {
    expectExactly(login, 200, {
      success: true,
      data: {
        token: text(JWT),
        refreshToken: text(/^[\w-]{43,}$/),
        expiresIn: 3600,
        user: { id: registered.body.data.user.id, email, role: 'user' },
      },
    });
  });

  it('POST /auth/refresh', async () => {
    const { refreshToken } = login.body.data;
    expectExactly(await app.http.post('/v1/auth/refresh', { json: { refreshToken } }), 200, {
      success: true,
      data: { token: text(JWT), expiresIn: 3600 },
    });
  });

  it('POST /auth/logout', async () => {
    const { data } = (await app.http.post('/v1/auth/login', { json: credentials })).body;
    const headers = bearer(data.token);
    const answer = await app.http.post('/v1/auth/logout', { headers });
    expectExactly(answer, 200, { success: true, message: 'Successfully logged out' });
    expect((await app.http.get('/v1/user/profile', { headers })).status).toBe(401);
  });
});

describe('luminate.txt', () => {
  let person: Person;
  let key: string;
  beforeAll(async () => {
    person = await signUp(app);
    key = (await makeKey(app, person)).apiKey;
  });

  const authenticate = (headers: Record<string, string>): Promise<HttpAnswer> =>
    app.http.post('/auth', {
      headers: { accept: 'application/json', ...headers },
      form: { username: person.email, password: PASSWORD },
    });

  it('Request, Response: a token for 24 hours', async () => {
    expectExactly(await authenticate(apiKey(key)), 200, { access_token: text(JWT), expires_in: 86400 });
  });

  it('Response: the printed 401 for a wrong and a missing key', async () => {
    for (const headers of [{}, apiKey('APIKEY123')]) {
      expectExactly(await authenticate(headers), 401, {
        error: {
          errors: [{ error_code: '00018', error_type: 'Unauthorized', message: 'API key invalid or not provided.' }],
          code: 401,
          message: 'Unauthorized',
        },
      });
    }
  });

  it('Access: a song, with the raw token and the key, in the accepted media type', async () => {
    const { headers } = person;
    const artist = await app.http.post('/api/artists', { headers, json: { name: 'The Midnight Collective' } });
    const song = { title: 'City Lights', isrc: 'USRC12345678', releaseDate: '2024-02-29', durationMs: 215_500 };
    const made = await app.http.post(`/api/artists/${artist.body.data.id}/songs`, { headers, json: song });
    const accept = 'application/vnd.luminate-data.svc-apibff.v1+json';
    const authorization = (await authenticate(apiKey(key))).body['access_token'];
    const answer = await app.http.get(`/songs/${made.body.data.id}`, {
      headers: { accept, authorization, ...apiKey(key) },
    });
    expect(answer.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
    expectExactly(answer, 200, {
      id: made.body.data.id,
      isrc: 'USRC12345678',
      title: 'City Lights',
      display_artist_name: 'The Midnight Collective',
      artists: [{ id: artist.body.data.id, name: 'The Midnight Collective' }],
      release_date: '2024-02-29',
      duration: 215.5,
    });
  });
});

describe('across contracts', () => {
  it('a user signs up at /v1, logs in at /api/v1 by the derived username, and calls /api', async () => {
    const local = `ada.${randomBytes(4).toString('hex')}`;
    const email = `${local}@example.com`;
    const json = { email, password: 'SecurePass123!', firstName: 'Ada', lastName: 'Lovelace' };
    const { user } = (await app.http.post('/v1/auth/register', { json })).body.data;
    const login = await app.http.post('/api/v1/auth/login', { json: { username: local, password: json.password } });
    expect(login.body['user']).toEqual({ id: user.id, username: local, email });
    const me = await app.http.get('/api/users/me', { headers: bearer(login.body['token']) });
    expectSuccess(me, 200);
    expect(me.body.data).toMatchObject({ id: user.id, username: local, name: 'Ada Lovelace' });
  });

  it('any contract refreshes and ends the session of another', async () => {
    const person = await signUp(app);
    const atV1 = await app.http.post('/v1/auth/refresh', { json: { refreshToken: person.refreshToken } });
    const { token } = atV1.body.data;
    const profile = await app.http.get('/v1/user/profile', { headers: bearer(token) });
    expect(profile.body.data.user.id).toBe(person.id);
    expect((await app.http.post('/api/v1/auth/logout', { headers: bearer(token) })).status).toBe(200);
    const json = { refreshToken: person.refreshToken };
    for (const path of ['/api/auth/refresh', '/api/v1/auth/refresh', '/v1/auth/refresh']) {
      expect((await app.http.post(path, { json })).status, path).toBe(401);
    }
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
  });

  it('one contract creates a key, another lists it, and a third accepts it', async () => {
    const person = await signUp(app);
    const made = await app.http.post('/api/v1/auth/keys', { headers: person.headers, json: { name: 'Shared' } });
    const listed = await app.http.get('/api/auth/keys', { headers: person.headers });
    expect(listed.body.data).toMatchObject([{ keyId: made.body['keyId'], name: 'Shared' }]);
    const profile = await app.http.get('/v1/user/profile', { headers: apiKey(made.body['apiKey']) });
    expect(profile.body.data.user.id).toBe(person.id);
  });

  it('the other contracts accept a feed token only with its key', async () => {
    const person = await signUp(app);
    const [own, other] = [await makeKey(app, person), await makeKey(app, person)];
    const answer = await app.http.post('/auth', {
      headers: apiKey(own.apiKey),
      form: { username: person.username, password: PASSWORD },
    });
    expectFields(answer.body, ['access_token', 'expires_in']);
    const token = bearer(answer.body['access_token']);
    for (const path of ['/api/users/me', '/v1/user/profile', '/api/artists']) {
      expect((await app.http.get(path, { headers: token })).status, path).toBe(401);
      expect((await app.http.get(path, { headers: { ...token, ...apiKey(other.apiKey) } })).status, path).toBe(401);
      expect((await app.http.get(path, { headers: { ...token, ...apiKey(own.apiKey) } })).status, path).toBe(200);
    }
    expect((await app.http.get('/api/v1/auth/keys', { headers: token })).status).toBe(401);
    const keys = await app.http.get('/api/v1/auth/keys', { headers: { ...token, ...apiKey(own.apiKey) } });
    expect(keys.status, 'a feed token manages no keys').toBe(403);
  });
});
