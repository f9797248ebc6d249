import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count } from '../support/accounts.js';
import { apiKey, bearer, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { admin, freshEmail, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

const NEW_PASSWORD = 'Quiet-Harbour-4711';

let app: MailApp;
beforeAll(async () => {
  app = await startMailApp();
});
afterAll(() => app.close());

const send = (path: string, { headers }: Pick<Person, 'headers'>, json: object): Promise<HttpAnswer> =>
  app.http.post(path, { headers, json });
const reset = (code: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/password/reset', { json: { code, newPassword: NEW_PASSWORD } });
const undo = (code: string): Promise<HttpAnswer> => app.http.post('/api/auth/email/undo', { json: { code } });
const login = (email: string, password: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/login', { json: { email, password } });
const refresh = (refreshToken: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/refresh', { json: { refreshToken } });
const statusWith = async (headers: Record<string, string>): Promise<number> =>
  (await app.http.get('/api/users/me', { headers })).status;

const knownNetworks = ({ id }: Person): Promise<number> =>
  count(app.database, 'known_networks WHERE user_id = $1', [id]);

async function resetCode(email: string): Promise<string> {
  await app.http.post('/api/auth/password/forgot', { json: { email } });
  return app.codeFor(email);
}

async function verified(): Promise<Person> {
  const person = await signUp(app);
  await app.http.post('/api/users/me/email/resend', { headers: person.headers });
  expect((await send('/api/users/me/email/verify', person, { code: await app.codeFor(person.email) })).status).toBe(
    200,
  );
  return person;
}

/** Moves the account to another address, by a session of it. */
async function move(person: Pick<Person, 'headers'>, email: string): Promise<void> {
  expect((await send('/api/users/me/email', person, { email })).status).toBe(202);
  const answer = await send('/api/users/me/email/verify', person, { code: await app.codeFor(email) });
  expect(answer.body.data).toMatchObject({ email, emailVerified: true });
}

/** The owner of this address has undone a change, and gets back in. Everyone else is out. */
async function expectBack({ email, id }: Person, thief: Pick<Person, 'headers'>): Promise<void> {
  expect(await statusWith(thief.headers)).toBe(401);
  expect((await reset(await app.codeFor(email))).status).toBe(200);
  const owner = await logIn(app, email, NEW_PASSWORD);
  const me = await app.http.get('/api/users/me', { headers: owner.headers });
  expect(me.body.data).toMatchObject({ id, email, emailVerified: true });
}

describe('ACCOUNTS 40: an account that a stranger registered with the address of another', () => {
  it('is its owner’s alone after a reset: nothing that the stranger has still works', async () => {
    const [squatter, elsewhere] = [await signUp(app), freshEmail()];
    const [key, rotated] = [await makeKey(app, squatter), await makeKey(app, squatter)];
    const rotation = { overlapSeconds: 3600 };
    const { apiKey: secret } = (await send(`/api/auth/keys/${rotated.keyId}/rotate`, squatter, rotation)).body.data;
    const second = await logIn(app, squatter.email);
    const keyForm = { headers: apiKey(key.apiKey), form: { username: squatter.email, password: PASSWORD } };
    const feedToken = (await app.http.post('/auth', keyForm)).body['access_token'];
    await send('/api/users/me/email', squatter, { email: elsewhere });
    const pending = await app.codeFor(elsewhere);

    expect((await reset(await resetCode(squatter.email))).status).toBe(200);
    for (const { headers, refreshToken } of [squatter, second]) {
      expect(await statusWith(headers)).toBe(401);
      expect((await refresh(refreshToken)).status).toBe(401);
    }
    for (const used of [key.apiKey, rotated.apiKey, secret]) expect(await statusWith(apiKey(used))).toBe(401);
    expect(await statusWith({ ...bearer(feedToken), ...apiKey(key.apiKey) })).toBe(401);
    expect((await login(squatter.email, PASSWORD)).status).toBe(401);
    const owner = await logIn(app, squatter.email, NEW_PASSWORD);
    expect((await send('/api/users/me/email/verify', owner, { code: pending })).status).toBe(400);
    const { data } = (await app.http.get('/api/users/me/security', { headers: owner.headers })).body;
    expect(data).toMatchObject({ emailVerified: true, pendingEmail: null, apiKeys: 0 });
  });

  it('keeps none of the stranger’s networks known after a reset; later resets keep the owner’s', async () => {
    const squatter = await signUp(app);
    await logIn(app, squatter.email);
    expect((await reset(await resetCode(squatter.email))).status).toBe(200);
    expect(await knownNetworks(squatter)).toBe(0);
    await logIn(app, squatter.email, NEW_PASSWORD);
    expect((await reset(await resetCode(squatter.email))).status).toBe(200);
    expect(await knownNetworks(squatter)).toBe(1);
  });

  it('is not verified for the stranger by the owner’s click', async () => {
    const squatter = await signUp(app);
    await app.http.post('/api/users/me/email/resend', { headers: squatter.headers });
    const code = await app.codeFor(squatter.email);
    const owner = await signUp(app);
    const verify = async (headers: Record<string, string>): Promise<number> =>
      (await app.http.post('/api/users/me/email/verify', { headers, json: { code } })).status;
    expect([await verify({}), await verify(owner.headers)]).toEqual([401, 400]);
    const me = await app.http.get('/api/users/me', { headers: squatter.headers });
    expect(me.body.data.emailVerified).toBe(false);
  });
});

describe('ACCOUNTS 42: a thief with a session', () => {
  it('has no network that stays known once the change of address is undone', async () => {
    const owner = await verified();
    const thief = await logIn(app, owner.email);
    await move(thief, freshEmail());
    expect((await undo(await app.codeFor(owner.email))).status).toBe(200);
    expect(await knownNetworks(owner)).toBe(0);
  });

  it('who moves the account on, and undoes that, does not outrun the first owner', async () => {
    const [owner, second, third] = [await verified(), freshEmail(), freshEmail()];
    const thief = await logIn(app, owner.email);
    await move(thief, second);
    const first = await app.codeFor(owner.email);
    await move(thief, third);
    const younger = await app.codeFor(second);
    expect((await undo(younger)).status).toBe(200);
    expect((await reset(await app.codeFor(second))).status).toBe(200);
    const again = await logIn(app, second, NEW_PASSWORD);
    expect((await undo(first)).status).toBe(200);
    await expectBack(owner, again);
    expect((await undo(younger)).status).toBe(400);
  });

  it('who moves the account six times pushes no undo code out, and the first one ends all others', async () => {
    const owner = await verified();
    const thief = await logIn(app, owner.email);
    const addresses = Array.from({ length: 6 }, freshEmail);
    for (const address of addresses) await move(thief, address);
    const others = await Promise.all(addresses.slice(0, -1).map((address) => app.codeFor(address)));
    expect((await undo(await app.codeFor(owner.email))).status).toBe(200);
    for (const code of others) expect((await undo(code)).status).toBe(400);
    await expectBack(owner, thief);
  });

  it('who adds keys and a password first loses them', async () => {
    const owner = await verified();
    const thief = await logIn(app, owner.email);
    const key = await makeKey(app, thief);
    const json = { currentPassword: PASSWORD, newPassword: 'Thieves-Hideout-77' };
    expect((await send('/api/users/me/password', thief, json)).status).toBe(200);
    const email = freshEmail();
    await move(thief, email);
    const late = await makeKey(app, thief);
    expect((await undo(await app.codeFor(owner.email))).status).toBe(200);
    for (const { apiKey: secret } of [key, late]) expect(await statusWith(apiKey(secret))).toBe(401);
    for (const name of [owner.email, email]) expect((await login(name, json.newPassword)).status).toBe(401);
    await expectBack(owner, thief);
  });

  it('cannot take the old address with another account, in any way', async () => {
    const [owner, root, helper] = [await verified(), await superAdmin(app), await admin(app)];
    const thief = await logIn(app, owner.email);
    await move(thief, freshEmail());
    const code = await app.codeFor(owner.email);
    const { email } = owner;
    const person = { email, password: PASSWORD, firstName: 'John', lastName: 'Doe' };
    const refused = [
      await app.http.post('/api/auth/signup', { json: { email, name: 'Thief', password: PASSWORD } }),
      await app.http.post('/api/auth/register', { json: person }),
      await app.http.post('/v1/auth/register', { json: person }),
      await send('/api/users', helper, { email, name: 'Thief' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([409, 409, 409, 409]);
    const line = { ndjson: { email, name: 'Thief' }, headers: root.headers };
    expect((await app.http.post('/api/users/import', line)).text).toContain('"result":"exists"');
    const accomplice = await verified();
    await send('/api/users/me/email', accomplice, { email });
    expect((await app.mailsTo(email)).at(-1)?.code).toBeUndefined();
    expect((await undo(code)).status).toBe(200);
    await expectBack(owner, thief);
  });

  it('changes no row before the code comes back, but for the pending address', async () => {
    const [owner, email] = [await verified(), freshEmail()];
    const before = await app.http.get('/api/users/me', { headers: owner.headers });
    expect((await send('/api/users/me/email', owner, { email })).status).toBe(202);
    expect((await app.http.get('/api/users/me', { headers: owner.headers })).text).toBe(before.text);
    expect((await login(email, PASSWORD)).status).toBe(401);
    await logIn(app, owner.email);
    const [first] = (await app.mailsTo(owner.email)).slice(-1);
    expect(first?.subject).toMatch(/new address/);
    expect(first?.code).toBeUndefined();
  });
});

describe('ACCOUNTS 35: a code', () => {
  it('of another kind, person or address is refused, and stays usable where it belongs', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    await app.http.post('/api/users/me/email/resend', { headers: person.headers });
    const verification = await app.codeFor(person.email);
    const code = await resetCode(person.email);
    expect((await reset(verification)).status).toBe(400);
    expect((await undo(verification)).status).toBe(400);
    expect((await undo(code)).status).toBe(400);
    for (const who of [person, other]) {
      expect((await send('/api/users/me/email/verify', who, { code })).status).toBe(400);
    }
    expect((await send('/api/users/me/email/verify', other, { code: verification })).status).toBe(400);

    // Of the address that was pending before.
    const [one, two] = [freshEmail(), freshEmail()];
    await send('/api/users/me/email', person, { email: one });
    const replaced = await app.codeFor(one);
    await send('/api/users/me/email', person, { email: two });
    expect((await send('/api/users/me/email/verify', person, { code: replaced })).status).toBe(400);

    expect((await send('/api/users/me/email/verify', person, { code: verification })).status).toBe(200);
    expect((await reset(code)).status).toBe(200);
  });

  it('works for one of 20 uses at once', async () => {
    const person = await signUp(app);
    const code = await resetCode(person.email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => reset(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    // Those that found the queue of hashes full were not told whether the code was good.
    for (const { status } of answers) expect([200, 400, 503]).toContain(status);
  });

  it('that verifies is one change and the same answer for 20 at once', async () => {
    const person = await signUp(app);
    await app.http.post('/api/users/me/email/resend', { headers: person.headers });
    const json = { code: await app.codeFor(person.email) };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send('/api/users/me/email/verify', person, json)),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.body.data).toMatchObject({ emailVerified: true });
  });
});
