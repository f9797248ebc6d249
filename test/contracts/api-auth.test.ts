import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, SUPER_ADMIN, type TestApp } from '../support/app.js';
import {
  API_FIELDS,
  expectFaultsIn,
  expectFields,
  expectRefusal,
  expectSuccess,
  INSTANT,
  UUID,
} from '../support/api-answers.js';
import { TestClock } from '../support/clock.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, logIn, makeKey, PASSWORD, signUp, superAdmin } from '../support/people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const post = (path: string, json: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  app.http.post(path, { json, headers });
const me = (headers: Record<string, string>): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers });

function signUpBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { email: freshEmail(), name: 'John Doe', password: PASSWORD, ...overrides };
}
function registerBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { email: freshEmail(), firstName: 'Jane', lastName: 'Doe', password: PASSWORD, ...overrides };
}

function expectLogin(answer: HttpAnswer, status: number): void {
  expectSuccess(answer, status);
  expect(answer.body.message).toBe('You have logged in successfully!');
  expectFields(answer.body.data, API_FIELDS.login);
  expectFields(answer.body.data.user, API_FIELDS.user);
  expect(answer.body.data.user.id).toMatch(UUID);
  expect(answer.body.data.user.createdAt).toMatch(INSTANT);
  expect(answer.body.data.user.updatedAt).toMatch(INSTANT);
  expect(answer.body.data.token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(answer.body.data.refreshToken).toMatch(/^[\w-]{43}$/);
  expect(answer.body.data.expiresIn).toBe(3600);
  expect(answer.text).not.toContain(PASSWORD);
  expect(answer.text).not.toContain('argon2');
}

describe('POST /api/auth/signup', () => {
  it('201 logs the user in and returns the whole user, with null for omitted fields', async () => {
    const body = signUpBody();
    const answer = await post('/api/auth/signup', body);
    expectLogin(answer, 201);
    expect(answer.body.data.user).toMatchObject({
      email: body['email'],
      username: String(body['email']).split('@')[0],
      name: 'John Doe',
      firstName: 'John',
      lastName: 'Doe',
      phone: null,
      role: 'user',
      status: 'active',
    });
  });

  it('201 stores phone and username, and the username and e-mail in lower case', async () => {
    const local = freshEmail().replace('person', 'MiXed');
    const username = `Ada.${Date.now().toString(36)}`;
    const answer = await post(
      '/api/auth/signup',
      signUpBody({ email: `  ${local} `, phone: '+12025550123', username }),
    );
    expectLogin(answer, 201);
    expect(answer.body.data.user).toMatchObject({
      email: local.toLowerCase(),
      phone: '+12025550123',
      username: username.toLowerCase(),
    });
  });

  it('201 accepts null for optional fields', async () => {
    expectLogin(await post('/api/auth/signup', signUpBody({ phone: null, username: null })), 201);
  });

  it('201 splits the name at its first space, after runs of spaces became one', async () => {
    const answer = await post('/api/auth/signup', signUpBody({ name: '  Ludwig \u00a0 van Beethoven ' }));
    expectLogin(answer, 201);
    expect(answer.body.data.user).toMatchObject({
      firstName: 'Ludwig',
      lastName: 'van Beethoven',
      name: 'Ludwig van Beethoven',
    });
  });

  it.each([
    ['name', { name: 'John\u0000Doe' }],
    ['email', { email: 'john@localhost' }],
    ['username', { username: '-abc' }],
    ['phone', { phone: '12025550123' }],
  ])('400 for a malformed %s', async (field, overrides) => {
    expectFaultsIn(await post('/api/auth/signup', signUpBody(overrides)), field);
  });

  it.each([
    ['7 characters', 'Ab3-xyz'],
    ['the most common one', 'password1'],
    ['a repeat', 'abcabcabcabc'],
    ['a sequence', 'abcdefghij'],
  ])('400 for a password of %s, without echoing it', async (_, password) => {
    const answer = await post('/api/auth/signup', signUpBody({ password }));
    expectFaultsIn(answer, 'password');
    expect(answer.text).not.toContain(password);
  });

  it('400 for a password that is the e-mail address', async () => {
    const email = freshEmail();
    expectFaultsIn(await post('/api/auth/signup', signUpBody({ email, password: email.toUpperCase() })), 'password');
  });

  it('accepts a password of 128 characters, and trims none of it', async () => {
    const password = ` ${'quiet-😀-Harbour'.repeat(9).slice(0, 133)} `.toWellFormed();
    const points = Array.from(password).slice(0, 127).join('') + ' ';
    expect(Array.from(points)).toHaveLength(128);
    const email = freshEmail();
    expectLogin(await post('/api/auth/signup', signUpBody({ email, password: points })), 201);
    expectLogin(await post('/api/auth/login', { email, password: points }), 200);
    expectRefusal(await post('/api/auth/login', { email, password: points.trim() }), 401, 'invalid_credentials');
  });

  it('400 lists one message for each invalid field', async () => {
    expectFaultsIn(await post('/api/auth/signup', {}), 'email', 'name', 'password');
    expectFaultsIn(
      await post('/api/auth/signup', signUpBody({ email: 'x', phone: 'x', nickname: 'x' })),
      'email',
      'phone',
      'nickname',
    );
  });

  it.each(['role', 'id', 'userId', 'status', 'createdAt', 'updatedAt', 'firstName', 'passwordHash'])(
    '400 for the field %s, which the client cannot set',
    async (field) => {
      expectFaultsIn(await post('/api/auth/signup', signUpBody({ [field]: 'admin' })), field);
    },
  );

  it('409 email_taken for any case, Unicode form and spelling of the domain', async () => {
    const tag = Date.now().toString(36);
    await signUp(app, { email: `jos\u00e9.${tag}@b\u00fccher.example` });
    for (const email of [
      `jos\u00e9.${tag}@b\u00fccher.example`,
      `JOSE\u0301.${tag}@B\u00dcCHER.example`,
      `jos\u00e9.${tag}@xn--bcher-kva.example`,
    ]) {
      const answer = await post('/api/auth/signup', signUpBody({ email }));
      expectRefusal(answer, 409, 'email_taken');
    }
  });

  it('409 username_taken in any case', async () => {
    const { username } = await signUp(app);
    const answer = await post('/api/auth/signup', signUpBody({ username: username.toUpperCase() }));
    expectRefusal(answer, 409, 'username_taken');
  });

  it('201 with another username when the one derived from the e-mail is taken', async () => {
    const { username } = await signUp(app);
    const answer = await post('/api/auth/signup', signUpBody({ email: `${username}@elsewhere.example` }));
    expectLogin(answer, 201);
    expect(answer.body.data.user.username).toMatch(/^[a-z0-9][a-z0-9._-]{1,28}[a-z0-9]$/);
    expect(answer.body.data.user.username).not.toBe(username);
  });

  it('answers 20 concurrent sign-ups with one e-mail by one 201 and nineteen 409', async () => {
    const body = signUpBody();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post('/api/auth/signup', body)));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  });

  it('creates a new account for a deleted user’s e-mail: a new id, no old data', async () => {
    const old = await signUp(app, { username: `old.${Date.now().toString(36)}`, phone: '+12025550123' });
    await post('/api/artists', { name: 'Left behind' }, old.headers);
    const root = await superAdmin(app);
    expect((await app.http.delete(`/api/users/${old.id}`, { headers: root.headers })).status).toBe(204);
    const again = await signUp(app, { email: old.email });
    expect(again.id).not.toBe(old.id);
    expect((await me(again.headers)).body.data.phone).toBeNull();
    expect((await app.http.get('/api/artists', { headers: again.headers })).body.data).toEqual([]);
    expectRefusal(await me(old.headers), 401, 'invalid_token');
  });
});

describe('POST /api/auth/register', () => {
  it('201 logs the user in and returns the whole user', async () => {
    const answer = await post('/api/auth/register', registerBody({ phone: '+12025550123' }));
    expectLogin(answer, 201);
    expect(answer.body.data.user).toMatchObject({ name: 'Jane Doe', firstName: 'Jane', lastName: 'Doe', role: 'user' });
  });

  it('400 for malformed names', async () => {
    const answer = await post('/api/auth/register', registerBody({ firstName: 'R2D2', lastName: 'J' }));
    expectFaultsIn(answer, 'firstName', 'lastName');
  });

  it('400 for name, which only sign-up accepts, and for a role', async () => {
    expectFaultsIn(await post('/api/auth/register', registerBody({ name: 'Jane Doe', role: 'admin' })), 'name', 'role');
  });

  it('409 for an e-mail that signed up with a full name', async () => {
    const { email } = await signUp(app);
    expectRefusal(await post('/api/auth/register', registerBody({ email })), 409, 'email_taken');
  });
});

describe('SECURITY 3, 11: POST /api/auth/login', () => {
  it('200 opens a further session', async () => {
    const person = await signUp(app);
    const answer = await post('/api/auth/login', { email: person.email.toUpperCase(), password: person.password });
    expectLogin(answer, 200);
    expect(answer.body.data.user.id).toBe(person.id);
    expect(answer.body.data.refreshToken).not.toBe(person.refreshToken);
    expect((await me(person.headers)).status).toBe(200);
  });

  it('401 has the same body for an unknown e-mail, a wrong password and any inactive account', async () => {
    const root = await superAdmin(app);
    const [person, suspended, inactive, deleted] = [
      await signUp(app),
      await signUp(app),
      await signUp(app),
      await signUp(app),
    ];
    for (const [{ id }, status] of [[suspended, 'suspended'] as const, [inactive, 'inactive'] as const]) {
      await app.http.patch(`/api/users/${id}`, { headers: root.headers, json: { status } });
    }
    await app.http.delete(`/api/users/${deleted.id}`, { headers: root.headers });
    const answers = [
      await post('/api/auth/login', { email: person.email, password: 'not-the-password' }),
      await post('/api/auth/login', { email: person.email, password: '' }),
      await post('/api/auth/login', { email: person.email, password: 'x'.repeat(1024) }),
      await post('/api/auth/login', { email: person.email, password: '🎸'.repeat(1024) }),
      await post('/api/auth/login', { email: person.email, password: `${PASSWORD}\u0000` }),
      await post('/api/auth/login', { email: freshEmail(), password: PASSWORD }),
      await post('/api/auth/login', { email: suspended.email, password: PASSWORD }),
      await post('/api/auth/login', { email: inactive.email, password: PASSWORD }),
      await post('/api/auth/login', { email: deleted.email, password: PASSWORD }),
    ];
    for (const answer of answers) {
      expectRefusal(answer, 401, 'invalid_credentials');
      expect(answer.text).toBe(answers[0].text);
      expect([...answer.headers.keys()].sort()).toEqual([...answers[0].headers.keys()].sort());
    }
  });

  it('400 for a malformed, missing or unknown field', async () => {
    const email = freshEmail();
    expectFaultsIn(await post('/api/auth/login', { email, password: 'x'.repeat(1025) }), 'password');
    expectFaultsIn(await post('/api/auth/login', {}), 'email', 'password');
    expectFaultsIn(await post('/api/auth/login', { email: ['a@b.co'], password: 'x' }), 'email');
    expectFaultsIn(await post('/api/auth/login', { email, password: 'x', remember: true }), 'remember');
  });

  it('neither requires a token nor accepts one in place of a password', async () => {
    const { token } = await signUp(app);
    expectFaultsIn(await post('/api/auth/login', {}, bearer(token)), 'email', 'password');
  });
});

describe('SECURITY 8, 11: POST /api/auth/refresh', () => {
  it('200 returns only a new access token; the refresh token stays the same', async () => {
    const person = await signUp(app);
    for (let round = 0; round < 3; round++) {
      const answer = await post('/api/auth/refresh', { refreshToken: person.refreshToken });
      expectSuccess(answer, 200);
      expectFields(answer.body.data, API_FIELDS.refresh);
      expect(answer.body.data.expiresIn).toBe(3600);
      expect((await me(bearer(answer.body.data.token))).body.data.id).toBe(person.id);
    }
    expect((await me(person.headers)).status).toBe(200);
  });

  it('401 has the same body for every string that is not a valid refresh token', async () => {
    const [person, gone] = [await signUp(app), await signUp(app)];
    const key = await makeKey(app, person);
    await post('/api/auth/logout', {}, gone.headers);
    const { refreshToken } = person;
    const texts = [
      'nope',
      '',
      gone.refreshToken,
      person.token,
      key.apiKey,
      `${refreshToken} `,
      refreshToken.slice(1),
      refreshToken.toUpperCase(),
      'x'.repeat(65_536),
      'a\u0000b',
    ];
    const first = await post('/api/auth/refresh', { refreshToken: 'unknown' });
    for (const text of texts) {
      const answer = await post('/api/auth/refresh', { refreshToken: text });
      expectRefusal(answer, 401, 'invalid_refresh_token');
      expect(answer.text).toBe(first.text);
    }
  });

  it('400 for another type or a missing token, 413 for a body that is too large', async () => {
    for (const refreshToken of [undefined, null, 7, ['x'], {}]) {
      expectFaultsIn(await post('/api/auth/refresh', { refreshToken }), 'refreshToken');
    }
    expectRefusal(await post('/api/auth/refresh', { refreshToken: 'x'.repeat(102_400) }), 413, 'payload_too_large');
  });

  it('401 from the second at which the refresh token expires, and not before', async () => {
    const clock = new TestClock();
    const other = await startApp({ clock, env: { REFRESH_TOKEN_TTL: '7200', ACCESS_TOKEN_TTL: '3600' } });
    try {
      const { refreshToken } = await signUp(other);
      clock.advance(7199);
      const last = await other.http.post('/api/auth/refresh', { json: { refreshToken } });
      expectSuccess(last, 200);
      // No access token is valid longer than its session.
      expect(last.body.data.expiresIn).toBe(1);
      clock.advance(1);
      const late = await other.http.post('/api/auth/refresh', { json: { refreshToken } });
      expectRefusal(late, 401, 'invalid_refresh_token');
    } finally {
      await other.close();
    }
  });
});

describe('POST /api/auth/logout', () => {
  const logOut = (json?: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
    app.http.post('/api/auth/logout', { headers, ...(json !== undefined && { json }) });
  const refreshes = async (refreshToken: string): Promise<boolean> =>
    (await post('/api/auth/refresh', { refreshToken })).status === 200;

  function expectLoggedOut(answer: HttpAnswer): void {
    expectSuccess(answer, 200);
    expect(answer.body.data).toBeNull();
  }

  it('by access token ends that session at once, and no other', async () => {
    const person = await signUp(app);
    const other = await logIn(app, person.email);
    expectLoggedOut(await logOut(undefined, person.headers));
    expectRefusal(await me(person.headers), 401, 'invalid_token');
    expect(await refreshes(person.refreshToken)).toBe(false);
    expect((await me(other.headers)).status).toBe(200);
  });

  it('by refresh token ends that session without an access token', async () => {
    const person = await signUp(app);
    expectLoggedOut(await logOut({ refreshToken: person.refreshToken }));
    expectRefusal(await me(person.headers), 401, 'invalid_token');
    expect(await refreshes(person.refreshToken)).toBe(false);
  });

  it('with both ends both sessions', async () => {
    const person = await signUp(app);
    const other = await logIn(app, person.email);
    expectLoggedOut(await logOut({ refreshToken: other.refreshToken }, person.headers));
    expect(await refreshes(person.refreshToken)).toBe(false);
    expect(await refreshes(other.refreshToken)).toBe(false);
  });

  it('200 for an unknown refresh token', async () => {
    expectLoggedOut(await logOut({ refreshToken: 'nobody knows this' }));
    const person = await signUp(app);
    expectLoggedOut(await logOut({ refreshToken: 'nobody knows this' }, person.headers));
    expect(await refreshes(person.refreshToken)).toBe(false);
  });

  it('twice with the same refresh token is 200 twice', async () => {
    const { refreshToken } = await signUp(app);
    expectLoggedOut(await logOut({ refreshToken }));
    expectLoggedOut(await logOut({ refreshToken }));
  });

  it('401 with neither', async () => {
    expectRefusal(await logOut(), 401, 'authentication_required');
    expectRefusal(await logOut({}), 401, 'authentication_required');
    expectRefusal(await logOut({ refreshToken: null }), 401, 'authentication_required');
  });

  it('401 with a bad access token alone', async () => {
    expectRefusal(await logOut(undefined, bearer('nonsense')), 401, 'invalid_token');
    const person = await signUp(app);
    await logOut(undefined, person.headers);
    expectRefusal(await logOut(undefined, person.headers), 401, 'invalid_token');
  });

  it('an expired access token with the refresh token of the session ends the session', async () => {
    const clock = new TestClock();
    const other = await startApp({ clock });
    try {
      const person = await signUp(other);
      clock.advance(3601);
      expectRefusal(await other.http.post('/api/auth/logout', { headers: person.headers }), 401, 'invalid_token');
      const { refreshToken } = person;
      expectLoggedOut(await other.http.post('/api/auth/logout', { headers: person.headers, json: { refreshToken } }));
      expect((await other.http.post('/api/auth/refresh', { json: { refreshToken } })).status).toBe(401);
    } finally {
      await other.close();
    }
  });

  it('403 for an API key, which may not end sessions; no session ends', async () => {
    const person = await signUp(app);
    const { apiKey: key } = await makeKey(app, person);
    expectRefusal(await logOut(undefined, apiKey(key)), 403, 'session_required');
    expectRefusal(await logOut(undefined, bearer(key)), 403, 'session_required');
    expectRefusal(await logOut({ refreshToken: person.refreshToken }, apiKey(key)), 403, 'session_required');
    expect(await refreshes(person.refreshToken)).toBe(true);
  });

  it('400 for another type of refresh token and for unknown fields', async () => {
    const person = await signUp(app);
    expectFaultsIn(await logOut({ refreshToken: 7 }, person.headers), 'refreshToken');
    expectFaultsIn(await logOut({ everywhere: true }, person.headers), 'everywhere');
    expect((await me(person.headers)).status).toBe(200);
  });
});

describe('behind a proxy that passes on whatever a client sends', () => {
  it('an X-Forwarded-For that is no address counts as the address of the connection', async () => {
    const behind = await startApp({ env: { TRUST_PROXY: 'true' } });
    try {
      const person = await signUp(behind);
      const forged = { 'x-forwarded-for': randomBytes(4000).toString('hex') };
      const { email, password } = person;
      const login = await behind.http.post('/api/auth/login', { json: { email, password }, headers: forged });
      expectLogin(login, 200);
      const sessions = await behind.http.get('/api/auth/sessions', { headers: bearer(login.body.data.token) });
      expect(sessions.body.data.map(({ network }) => network)).toEqual(['127.0.0.1', '127.0.0.1']);
      const logged = behind.logLines.map((line) => JSON.parse(line) as { event?: string; ip?: string });
      expect(logged.filter(({ event }) => event === 'login.succeeded').map(({ ip }) => ip)).toEqual(['127.0.0.1']);
    } finally {
      await behind.close();
    }
  });
});

describe('a session that has used up its rate limit', () => {
  it.each([
    ['its access token', {}],
    ['an unknown refresh token', { refreshToken: 'a'.repeat(43) }],
  ])('can still be ended, with %s', async (_, json) => {
    const limited = await startApp({ env: { RATE_LIMIT_ENABLED: 'true', RATE_LIMITS: 'session:2/60' } });
    try {
      const { headers, refreshToken } = await signUp(limited);
      const statuses: number[] = [];
      for (let i = 0; i < 3; i++) statuses.push((await limited.http.get('/api/users/me', { headers })).status);
      expect(statuses).toEqual([200, 200, 429]);
      expect((await limited.http.post('/api/auth/logout', { headers, json })).status).toBe(200);
      expectRefusal(await limited.http.get('/api/users/me', { headers }), 401, 'invalid_token');
      const refresh = await limited.http.post('/api/auth/refresh', { json: { refreshToken } });
      expectRefusal(refresh, 401, 'invalid_refresh_token');
    } finally {
      await limited.close();
    }
  });
});

describe('the first SUPER_ADMIN', () => {
  it('logs in with the configured credentials, and is otherwise an ordinary user', async () => {
    const answer = await post('/api/auth/login', SUPER_ADMIN);
    expectLogin(answer, 200);
    expect(answer.body.data.user).toMatchObject({ email: SUPER_ADMIN.email, role: 'SUPER_ADMIN', status: 'active' });
  });
});
