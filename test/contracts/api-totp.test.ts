import { TOTP, URI } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { logIn, makeKey, PASSWORD, type Person, signUp } from '../support/people.js';
import { Authenticator, insertTotp, setUpTotp } from '../support/second-factor.js';

let app: TestApp;
let clock: TestClock;
beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock });
});
afterAll(() => app.close());

/** A user whose address is verified. */
async function someone(): Promise<Person> {
  const person = await signUp(app);
  await app.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
  return person;
}

const begin = ({ headers }: Person): Promise<HttpAnswer> => app.http.post('/api/users/me/totp', { headers });
const verify = ({ headers }: Person, code: string): Promise<HttpAnswer> =>
  app.http.post('/api/users/me/totp/verify', { headers, json: { code } });
const remove = ({ headers }: Person): Promise<HttpAnswer> => app.http.delete('/api/users/me/totp', { headers });
const replaceCodes = ({ headers }: Person): Promise<HttpAnswer> =>
  app.http.post('/api/users/me/recovery-codes', { headers });
const login = ({ email }: Person, code?: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/login', { json: { email, password: PASSWORD, ...(code !== undefined && { code }) } });

const secondFactorRequired = { status: 401, body: { code: 'second_factor_required' } };
const invalidCode = { status: 400, body: { code: 'invalid_code' } };

describe('setting up an authenticator app', () => {
  it('shows the secret once, in Base32 and as a URI for a QR code', async () => {
    const person = await someone();
    const { status, body } = await begin(person);
    expect(status).toBe(201);
    const totp = URI.parse(body.data.uri);
    expect(totp).toBeInstanceOf(TOTP);
    expect(totp).toMatchObject({ issuer: 'Stagedoor', label: person.email, algorithm: 'SHA1', digits: 6, period: 30 });
    expect(totp.secret.base32).toBe(body.data.secret);
    expect(totp.secret.bytes).toHaveLength(20);
  });

  it('asks for nothing before the first right code', async () => {
    const person = await someone();
    const { secret } = (await begin(person)).body.data;
    expect(await verify(person, new Authenticator(secret, clock).wrongCode())).toMatchObject(invalidCode);
    expect(await verify(person, 'no digits')).toMatchObject(invalidCode);
    expect((await login(person)).status).toBe(200);
  });

  it('ends the other sessions at the first right code, and returns ten recovery codes and the number of API keys', async () => {
    const person = await someone();
    const other = await logIn(app, person.email);
    await makeKey(app, person);
    const { secret } = (await begin(person)).body.data;
    const { status, body } = await verify(person, new Authenticator(secret, clock).code());
    expect(status).toBe(200);
    expect(body.data.apiKeys).toBe(1);
    expect(new Set(body.data.recoveryCodes).size).toBe(10);
    for (const code of body.data.recoveryCodes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    const me = (headers: Person['headers']): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers });
    expect([(await me(person.headers)).status, (await me(other.headers)).status]).toEqual([200, 401]);
  });

  it('replaces a secret that was never confirmed', async () => {
    const person = await someone();
    const { secret: first } = (await begin(person)).body.data;
    const { secret } = (await begin(person)).body.data;
    expect(await verify(person, new Authenticator(first, clock).code())).toMatchObject(invalidCode);
    expect((await verify(person, new Authenticator(secret, clock).code())).status).toBe(200);
  });

  it('is refused where there is one', async () => {
    const person = await someone();
    const { authenticator } = await setUpTotp(app, clock, person);
    const exists = { status: 409, body: { code: 'second_factor_exists' } };
    expect(await begin(person)).toMatchObject(exists);
    expect(await verify(person, authenticator.code(1))).toMatchObject(exists);
  });

  it('is refused while the address is not verified, where mail is sent', async () => {
    expect(await begin(await signUp(app))).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
  });

  it('is refused where the address is no longer verified when the first code comes', async () => {
    const person = await someone();
    const { secret } = (await begin(person)).body.data;
    await app.database.query('UPDATE users SET email_verified_at = NULL WHERE id = $1', [person.id]);
    const answer = await verify(person, new Authenticator(secret, clock).code());
    expect(answer).toMatchObject({ status: 403, body: { code: 'email_not_verified' } });
  });

  it('without a set-up takes no code', async () => {
    expect(await verify(await someone(), '000000')).toMatchObject(invalidCode);
  });

  it('turns on once for four first codes at once', async () => {
    const person = await someone();
    const { secret } = (await begin(person)).body.data;
    const code = new Authenticator(secret, clock).code();
    const answers = await Promise.all(Array.from({ length: 4 }, () => verify(person, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await count(app.database, 'recovery_codes WHERE user_id = $1', [person.id])).toBe(10);
  });
});

describe('a login with an authenticator app', () => {
  it.each([
    ['/api', '/api/auth/login', (p: Person) => ({ email: p.email }), { code: 'second_factor_required' }],
    ['/api/v1', '/api/v1/auth/login', (p: Person) => ({ username: p.username }), { error: 'Second factor required' }],
    ['/v1', '/v1/auth/login', (p: Person) => ({ email: p.email }), { error: { code: 'SECOND_FACTOR_REQUIRED' } }],
  ])('takes the code in the body of %s', async (_, path, name, refusal) => {
    const person = await someone();
    const authenticator = await insertTotp(app, clock, person.id);
    const json = { ...name(person), password: PASSWORD };
    expect(await app.http.post(path, { json })).toMatchObject({ status: 401, body: refusal });
    const wrong = { ...json, code: authenticator.wrongCode() };
    expect(await app.http.post(path, { json: wrong })).toMatchObject({ status: 401, body: refusal });
    expect((await app.http.post(path, { json: { ...json, code: authenticator.code() } })).status).toBe(200);
  });

  it('takes a code with a space in it', async () => {
    const person = await someone();
    const code = (await insertTotp(app, clock, person.id)).code();
    expect((await login(person, `${code.slice(0, 3)} ${code.slice(3)}`)).status).toBe(200);
  });

  it('tells a caller with a wrong password nothing about it', async () => {
    const [guarded, plain] = [await someone(), await someone()];
    const authenticator = await insertTotp(app, clock, guarded.id);
    const guess = ({ email }: Person, code?: string): Promise<HttpAnswer> =>
      app.http.post('/api/auth/login', { json: { email, password: 'Not-th3-password', ...(code && { code }) } });
    const refusals = [await guess(plain), await guess(guarded), await guess(guarded, authenticator.code())];
    expect(new Set(refusals.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect((await login(guarded, authenticator.code())).status).toBe(200);
  });

  it('ignores a code where none is needed', async () => {
    expect((await login(await someone(), '000000')).status).toBe(200);
  });

  it('takes each recovery code once, however it is typed, and none of before', async () => {
    const person = await someone();
    const { recoveryCodes } = await setUpTotp(app, clock, person);
    const [first, second] = recoveryCodes as [string, string];
    expect((await login(person, first)).status).toBe(200);
    expect(await login(person, first)).toMatchObject(secondFactorRequired);
    const session = (await login(person, ` ${second.toLowerCase().replace('-', '')}`)).body.data;
    const { recoveryCodes: replaced } = (await replaceCodes({ ...person, headers: bearer(session.token) })).body.data;
    expect(replaced).toHaveLength(10);
    expect(await login(person, recoveryCodes[2])).toMatchObject(secondFactorRequired);
    expect((await login(person, replaced[0])).status).toBe(200);
    expect(await count(app.database, 'recovery_codes WHERE user_id = $1', [person.id])).toBe(9);
  });

  it('with one recovery code 10 times at once succeeds once', async () => {
    const person = await someone();
    const { recoveryCodes } = await setUpTotp(app, clock, person);
    const answers = await Promise.all(Array.from({ length: 10 }, () => login(person, recoveryCodes[0])));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('takes a recovery code while wrong codes lock the authenticator app', async () => {
    const person = await someone();
    const { authenticator, recoveryCodes } = await setUpTotp(app, clock, person);
    for (let i = 0; i < 11; i++)
      expect(await login(person, authenticator.wrongCode())).toMatchObject(secondFactorRequired);
    const refused = await login(person, authenticator.code(1));
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(refused.headers.get('retry-after')).toBe('900');
    expect((await login(person, recoveryCodes[0])).status).toBe(200);
  });

  it('is possible again after a new password', async () => {
    const person = await someone();
    const authenticator = await insertTotp(app, clock, person.id);
    for (let i = 0; i < 11; i++) await login(person, authenticator.wrongCode());
    expect((await login(person, authenticator.code())).status).toBe(429);
    const json = { currentPassword: PASSWORD, newPassword: `new ${PASSWORD}` };
    expect((await app.http.post('/api/users/me/password', { headers: person.headers, json })).status).toBe(200);
    const again = { email: person.email, password: json.newPassword, code: authenticator.code() };
    expect((await app.http.post('/api/auth/login', { json: again })).status).toBe(200);
  });

  it('is needed by no feed login: its token opens no more than the key', async () => {
    const person = await someone();
    const key = await makeKey(app, person);
    await insertTotp(app, clock, person.id);
    const form = { username: person.email, password: PASSWORD };
    expect((await app.http.post('/auth', { headers: apiKey(key.apiKey), form })).status).toBe(200);
  });
});

describe('removing the authenticator app', () => {
  it('takes the recovery codes with it, and can be repeated', async () => {
    const person = await someone();
    await setUpTotp(app, clock, person);
    expect((await remove(person)).status).toBe(204);
    expect((await remove(person)).status).toBe(204);
    expect((await login(person)).status).toBe(200);
    expect(await count(app.database, 'recovery_codes WHERE user_id = $1', [person.id])).toBe(0);
    expect(await replaceCodes(person)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('is on record, as is the set-up, a wrong code and a used recovery code', async () => {
    const person = await someone();
    const { authenticator, recoveryCodes } = await setUpTotp(app, clock, person);
    await login(person, authenticator.wrongCode());
    await login(person, recoveryCodes[0]);
    await remove(person);
    const events = app.logLines
      .map((line) => JSON.parse(line) as { event?: string; userId?: string })
      .filter(({ event, userId }) => userId === person.id && /factor|recovery/.test(event ?? ''));
    expect(events.map(({ event }) => event)).toEqual([
      'second_factor.enabled',
      'second_factor.failed',
      'recovery_code.used',
      'second_factor.removed',
    ]);
  });
});

describe('ACCOUNTS 46: an access token stolen 11 minutes after the login', () => {
  it.each([
    ['POST', '/api/users/me/totp', undefined],
    ['POST', '/api/users/me/totp/verify', { code: '000000' }],
    ['DELETE', '/api/users/me/totp', undefined],
    ['POST', '/api/users/me/recovery-codes', undefined],
    ['POST', '/api/users/me/email', { email: 'thief@example.com' }],
  ] as const)('is refused %s %s', async (method, path, json) => {
    const person = await someone();
    clock.advance(11 * 60);
    const answer = await app.http.call(method, path, { headers: person.headers, ...(json && { json }) });
    expect(answer).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
  });

  it('becomes recent by the password and a code', async () => {
    const person = await someone();
    const authenticator = await insertTotp(app, clock, person.id);
    clock.advance(11 * 60);
    const confirm = (code?: string): Promise<HttpAnswer> =>
      app.http.post('/api/auth/reauthenticate', {
        headers: person.headers,
        json: { password: PASSWORD, ...(code && { code }) },
      });
    expect(await confirm()).toMatchObject(secondFactorRequired);
    expect(await confirm(authenticator.wrongCode())).toMatchObject(secondFactorRequired);
    expect((await remove(person)).status).toBe(403);
    expect((await confirm(authenticator.code())).status).toBe(200);
    expect((await remove(person)).status).toBe(204);
  });
});
