import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordRequestQueries } from '../support/queries.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { admin, freshEmail, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

const NEW_PASSWORD = 'Quiet-Harbour-4711';

let app: MailApp;
beforeAll(async () => {
  app = await startMailApp();
});
afterAll(() => app.close());

const forgot = (email: string): Promise<HttpAnswer> => app.http.post('/api/auth/password/forgot', { json: { email } });
const reset = (json: object): Promise<HttpAnswer> => app.http.post('/api/auth/password/reset', { json });
const me = async ({ headers }: Person): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers });

async function resetCode(email: string): Promise<string> {
  await forgot(email);
  return app.codeFor(email);
}

/** A person whose address is verified. */
async function verified(overrides: Record<string, unknown> = {}): Promise<Person> {
  const person = await signUp(app, overrides);
  await verify(person);
  return person;
}

async function verify(person: Person): Promise<void> {
  await app.http.post('/api/users/me/email/resend', { headers: person.headers });
  const json = { code: await app.codeFor(person.email) };
  const answer = await app.http.post('/api/users/me/email/verify', { headers: person.headers, json });
  expect(answer).toMatchObject({ status: 200, body: { data: { emailVerified: true } } });
}

/** An address of each kind of account, and one without. */
async function everyKind(): Promise<string[]> {
  const [person, suspended, root, invited] = [await verified(), await signUp(app), await superAdmin(app), freshEmail()];
  const { headers } = root;
  await app.http.patch(`/api/users/${suspended.id}`, { headers, json: { status: 'suspended' } });
  await app.http.post('/api/users', { headers, json: { email: invited, name: 'Grace' } });
  return [person.email, (await signUp(app)).email, suspended.email, invited, freshEmail()];
}

describe('ACCOUNTS 33: POST /api/auth/password/forgot', () => {
  it('writes one row for known and unknown addresses, and reads none', async () => {
    const emails = await everyKind();
    const queries = recordRequestQueries(app.database.dataSource);
    for (let i = 0; i < 10; i++) for (const email of emails) await forgot(email);
    const statements = queries.map(({ text }) => text.split(/\s/, 1)[0]);
    expect(statements).toEqual(Array.from({ length: 10 * emails.length }, () => ['START', 'INSERT', 'COMMIT']).flat());
  });

  it('answers alike for verified, unverified, suspended, invited and unknown addresses, also the tenth time', async () => {
    const emails = await everyKind();
    const seen = new Set<string>();
    for (let i = 0; i < 10; i++) {
      for (const email of emails) {
        const { status, text, headers } = await forgot(email);
        const constant = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
        seen.add(JSON.stringify([status, text, constant]));
      }
    }
    expect([...seen]).toEqual([expect.stringMatching(/^\[202,/)]);
  });

  it('mails no one who is suspended', async () => {
    const [person, root] = [await signUp(app), await superAdmin(app)];
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { status: 'suspended' } });
    await forgot(person.email);
    expect(await app.mailsTo(person.email)).toEqual([]);
  });
});

describe('ACCOUNTS 36: POST /api/auth/password/reset', () => {
  it('sets the password, ends every session, and opens none', async () => {
    const person = await verified();
    const answer = await reset({ code: await resetCode(person.email), newPassword: NEW_PASSWORD });
    expect(answer).toMatchObject({ status: 200, body: { data: null } });
    expect((await me(person)).status).toBe(401);
    const json = { email: person.email, password: PASSWORD };
    expect((await app.http.post('/api/auth/login', { json })).status).toBe(401);
    await logIn(app, person.email, NEW_PASSWORD);
    expect((await app.mailsTo(person.email)).at(-1)?.subject).toMatch(/password was changed/);
  });

  it('accepts a code once, however it is typed, and refuses it afterwards', async () => {
    const person = await signUp(app);
    const code = await resetCode(person.email);
    const typed = ` ${code.toLowerCase().replaceAll('-', ' ')} `;
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => reset({ code: typed, newPassword: NEW_PASSWORD })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
    const late = await reset({ code, newPassword: NEW_PASSWORD });
    expect(late).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
    const unknown = await reset({ code: '0000-0000-0000', newPassword: NEW_PASSWORD });
    expect(unknown.text).toBe(late.text);
  });

  it('refuses a password that is easy to guess, and leaves the code usable', async () => {
    const person = await signUp(app);
    const code = await resetCode(person.email);
    const refused = await reset({ code, newPassword: person.email });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((await reset({ code, newPassword: NEW_PASSWORD })).status).toBe(200);
  });

  it('gives an account whose address was never verified to the owner of the mailbox alone', async () => {
    const squatter = await signUp(app);
    const key = await makeKey(app, squatter);
    const json = { email: freshEmail() };
    await app.http.post('/api/users/me/email', { headers: squatter.headers, json });
    expect((await app.mailsTo(squatter.email)).at(-1)?.text ?? '').toBe('');
    await reset({ code: await resetCode(squatter.email), newPassword: NEW_PASSWORD });
    expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(401);
    const owner = await logIn(app, squatter.email, NEW_PASSWORD);
    const security = await app.http.get('/api/users/me/security', { headers: owner.headers });
    expect(security.body.data).toMatchObject({ emailVerified: true, pendingEmail: null, apiKeys: 0 });
    const pending = { code: await app.codeFor(json.email) };
    const late = await app.http.post('/api/users/me/email/verify', { headers: owner.headers, json: pending });
    expect(late).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
  });

  it('keeps API keys of a verified account, and of any on request', async () => {
    for (const [person, keepApiKeys] of [
      [await verified(), false],
      [await signUp(app), true],
    ] as const) {
      const key = await makeKey(app, person);
      await reset({ code: await resetCode(person.email), newPassword: NEW_PASSWORD, keepApiKeys });
      expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(200);
    }
  });

  it('ends the other codes of the user', async () => {
    const person = await verified();
    const older = await resetCode(person.email);
    const newer = await resetCode(person.email);
    expect(newer).not.toBe(older);
    expect((await reset({ code: newer, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect((await reset({ code: older, newPassword: NEW_PASSWORD })).status).toBe(400);
  });
});

describe('ACCOUNTS 36: POST /api/users/me/password', () => {
  const json = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };

  it('ends every code of the user but one that undoes a change of address', async () => {
    const [person, unverified, moved, next] = [await verified(), await signUp(app), freshEmail(), freshEmail()];
    const { headers } = person;
    await app.http.post('/api/users/me/email', { headers, json: { email: moved } });
    await app.http.post('/api/users/me/email/verify', { headers, json: { code: await app.codeFor(moved) } });
    const undoCode = await app.codeFor(person.email);
    await app.http.post('/api/users/me/email', { headers, json: { email: next } });
    const pendingCode = await app.codeFor(next);
    const forgotten = await resetCode(moved);
    await app.http.post('/api/users/me/email/resend', { headers: unverified.headers });
    const verification = await app.codeFor(unverified.email);
    for (const user of [person, unverified]) {
      expect((await app.http.post('/api/users/me/password', { headers: user.headers, json })).status).toBe(200);
    }

    const verify = (user: Person, code: string): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/email/verify', { headers: user.headers, json: { code } });
    const refused = { status: 400, body: { code: 'invalid_code' } };
    expect(await reset({ code: forgotten, newPassword: 'Thieves-Hideout-77' })).toMatchObject(refused);
    expect(await verify(person, pendingCode)).toMatchObject(refused);
    expect(await verify(unverified, verification)).toMatchObject(refused);
    expect((await app.http.post('/api/auth/email/undo', { json: { code: undoCode } })).status).toBe(200);
  });
});

describe('ACCOUNTS 41: verification', () => {
  it('needs a session of the very user, and may be repeated by the same one', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    await app.http.post('/api/users/me/email/resend', { headers: person.headers });
    const json = { code: await app.codeFor(person.email) };
    const send = (headers: Record<string, string> = {}): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/email/verify', { headers, json });
    expect((await send()).status).toBe(401);
    expect(await send(other.headers)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
    const [first, again] = [await send(person.headers), await send(person.headers)];
    expect(first.body.data).toMatchObject({ emailVerified: true });
    expect([again.status, again.text]).toEqual([200, first.text]);
  });

  it('is not repeated by the code of an address that the user has no more', async () => {
    const [person, email] = [await signUp(app), freshEmail()];
    const send = (code: string): Promise<HttpAnswer> =>
      app.http.post('/api/users/me/email/verify', { headers: person.headers, json: { code } });
    await app.http.post('/api/users/me/email/resend', { headers: person.headers });
    const code = await app.codeFor(person.email);
    expect((await send(code)).status).toBe(200);
    await app.http.post('/api/users/me/email', { headers: person.headers, json: { email } });
    expect((await send(await app.codeFor(email))).body.data.email).toBe(email);
    expect(await send(code)).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
  });
});

describe('a change of address', () => {
  const change = (person: Person, email: string): Promise<HttpAnswer> =>
    app.http.post('/api/users/me/email', { headers: person.headers, json: { email } });
  const confirm = async (person: Person, email: string): Promise<HttpAnswer> =>
    app.http.post('/api/users/me/email/verify', { headers: person.headers, json: { code: await app.codeFor(email) } });
  const undo = (code: string): Promise<HttpAnswer> => app.http.post('/api/auth/email/undo', { json: { code } });

  it('happens when the code comes back; the old address is told twice', async () => {
    const [person, email] = [await verified(), freshEmail()];
    expect((await change(person, email)).status).toBe(202);
    expect((await me(person)).body.data.email).toBe(person.email);
    expect((await app.mailsTo(person.email)).at(-1)?.subject).toMatch(/new address/);
    expect((await confirm(person, email)).body.data).toMatchObject({ email, emailVerified: true });
    const notice = (await app.mailsTo(person.email)).at(-1);
    expect(notice?.subject).toMatch(/was changed/);
    expect(notice?.code).toBeDefined();
  });

  it('answers alike for a taken address, whose owner is told', async () => {
    const [person, owner] = [await verified(), await verified()];
    const [taken, free] = [await change(person, owner.email), await change(person, freshEmail())];
    expect([taken.status, taken.text]).toEqual([free.status, free.text]);
    expect((await app.mailsTo(owner.email)).at(-1)?.subject).toMatch(/entered for another account/);
  });

  it('answers alike for an address that an undo code reserves, whose owner is told', async () => {
    const [person, owner, moved] = [await verified(), await verified(), freshEmail()];
    await change(owner, moved);
    await confirm(owner, moved);
    const undoCode = await app.codeFor(owner.email);
    const [reserved, free] = [await change(person, owner.email), await change(person, freshEmail())];
    expect([reserved.status, reserved.text]).toEqual([free.status, free.text]);
    expect((await app.mailsTo(owner.email)).at(-1)?.subject).toMatch(/entered for another account/);
    // Of its own user it is not: they can change back.
    await change(owner, owner.email);
    expect((await confirm(owner, owner.email)).body.data.email).toBe(owner.email);
    expect((await undo(undoCode)).status).toBe(200);
  });

  it('can be undone from the old mailbox, which ends sessions and deletes recent keys', async () => {
    const [person, email] = [await verified(), freshEmail()];
    const key = await makeKey(app, person);
    await change(person, email);
    await confirm(person, email);
    const code = await app.codeFor(person.email);
    const signUpAgain = await app.http.post('/api/auth/signup', {
      json: { email: person.email, name: 'Thief', password: NEW_PASSWORD },
    });
    expect(signUpAgain).toMatchObject({ status: 409, body: { code: 'email_taken' } });
    expect((await undo(code)).status).toBe(200);
    expect((await me(person)).status).toBe(401);
    expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(401);
    await reset({ code: await app.codeFor(person.email), newPassword: NEW_PASSWORD });
    const restored = await logIn(app, person.email, NEW_PASSWORD);
    expect((await me(restored)).body.data).toMatchObject({ email: person.email, emailVerified: true });
    expect((await undo(code)).status).toBe(400);
  });

  it('leaves no password when it is undone, so that a password of the thief opens nothing', async () => {
    const [person, email] = [await verified(), freshEmail()];
    const json = { currentPassword: PASSWORD, newPassword: 'Thieves-Hideout-77' };
    await app.http.post('/api/users/me/password', { headers: person.headers, json });
    await change(person, email);
    await confirm(person, email);
    expect((await undo(await app.codeFor(person.email))).status).toBe(200);
    for (const password of [json.newPassword, PASSWORD]) {
      for (const name of [person.email, email]) {
        const login = await app.http.post('/api/auth/login', { json: { email: name, password } });
        expect(login).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
      }
    }
    await reset({ code: await app.codeFor(person.email), newPassword: NEW_PASSWORD });
    await logIn(app, person.email, NEW_PASSWORD);
  });

  it('deletes an old key that was rotated shortly before, and keeps one that was not, when it is undone', async () => {
    const [person, email] = [await verified(), freshEmail()];
    const [kept, rotated] = [await makeKey(app, person), await makeKey(app, person)];
    await app.database.query(`UPDATE api_keys SET created_at = created_at - interval '30 days' WHERE user_id = $1`, [
      person.id,
    ]);
    const answer = await app.http.post(`/api/auth/keys/${rotated.keyId}/rotate`, { headers: person.headers });
    const stolen = answer.body.data.apiKey;
    await change(person, email);
    await confirm(person, email);
    expect((await undo(await app.codeFor(person.email))).status).toBe(200);
    const status = async (key: string) => (await app.http.get('/api/users/me', { headers: apiKey(key) })).status;
    expect([await status(stolen), await status(rotated.apiKey), await status(kept.apiKey)]).toEqual([401, 401, 200]);
  });

  it('lets the first owner win against a chain of changes', async () => {
    const [person, second, third] = [await verified(), freshEmail(), freshEmail()];
    await change(person, second);
    await confirm(person, second);
    const first = await app.codeFor(person.email);
    await change(person, third);
    await confirm(person, third);
    const younger = await app.codeFor(second);
    expect((await undo(younger)).status).toBe(200);
    expect((await undo(first)).status).toBe(200);
    await reset({ code: await app.codeFor(person.email), newPassword: NEW_PASSWORD });
    await logIn(app, person.email, NEW_PASSWORD);
  });

  it('of an address that was never verified sends it nothing, and frees it at once', async () => {
    const [person, email] = [await signUp(app), freshEmail()];
    await change(person, email);
    await confirm(person, email);
    expect(await app.mailsTo(person.email)).toEqual([]);
    expect((await signUp(app, { email: person.email })).email).toBe(person.email);
  });
});

describe('an invitation', () => {
  it('creates an account without a password, which its code sets', async () => {
    const [inviter, email] = [await admin(app), freshEmail()];
    const json = { email, name: 'Grace Hopper' };
    const answer = await app.http.post('/api/users', { headers: inviter.headers, json });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({ user: { email, role: 'user', emailVerified: false } });
    expect(answer.body.data).not.toHaveProperty('code');
    const login = await app.http.post('/api/auth/login', { json: { email, password: NEW_PASSWORD } });
    expect(login).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect((await reset({ code: await app.codeFor(email), newPassword: NEW_PASSWORD })).status).toBe(200);
    expect((await me(await logIn(app, email, NEW_PASSWORD))).body.data.emailVerified).toBe(true);
  });

  it('is for admins, and a role for the SUPER_ADMIN', async () => {
    const [person, inviter] = [await signUp(app), await admin(app)];
    for (const [by, role] of [
      [person, undefined],
      [inviter, 'admin'],
    ] as const) {
      const json = { email: freshEmail(), name: 'Grace', ...(role && { role }) };
      const refused = await app.http.post('/api/users', { headers: by.headers, json });
      expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    }
  });

  it('gives a role only after a recent login', async () => {
    const root = await superAdmin(app);
    const invite = (role?: string): Promise<HttpAnswer> =>
      app.http.post('/api/users', {
        headers: root.headers,
        json: { email: freshEmail(), name: 'Grace', ...(role && { role }) },
      });
    expect((await invite('admin')).body.data.user).toMatchObject({ role: 'admin' });
    await app.database.query(
      `UPDATE sessions SET authenticated_at = authenticated_at - interval '601 s' WHERE user_id = $1`,
      [root.id],
    );
    for (const role of ['admin', 'SUPER_ADMIN']) {
      expect(await invite(role)).toMatchObject({ status: 403, body: { code: 'reauthentication_required' } });
    }
    for (const role of [undefined, 'user']) expect((await invite(role)).status).toBe(201);
  });
});

describe('a reset code that an admin hands over', () => {
  it('ends when the user is promoted: an admin gets no way into the account of another', async () => {
    const [person, helper, root] = [await signUp(app), await admin(app), await superAdmin(app)];
    const made = await app.http.post(`/api/users/${person.id}/reset-code`, { headers: helper.headers });
    const { code } = made.body.data;
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { role: 'admin' } });
    const refused = await reset({ code, newPassword: NEW_PASSWORD });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_code' } });
    await logIn(app, person.email);
  });

  it.each(['suspended', 'inactive'])(
    'is not made for a user who is %s, whose activation would end it',
    async (status) => {
      const [person, helper] = [await verified(), await admin(app)];
      await app.http.patch(`/api/users/${person.id}`, { headers: helper.headers, json: { status } });
      const made = await app.http.post(`/api/users/${person.id}/reset-code`, { headers: helper.headers });
      const message = `The account is ${status}; activate it first`;
      expect(made).toMatchObject({ status: 400, body: { code: 'invalid_request', message } });
    },
  );

  it('sets the password, verifies no address, and deletes no key', async () => {
    const [person, helper] = [await signUp(app), await admin(app)];
    const key = await makeKey(app, person);
    const made = await app.http.post(`/api/users/${person.id}/reset-code`, { headers: helper.headers });
    expect(made.status).toBe(201);
    const { code } = made.body.data;
    expect((await reset({ code, newPassword: NEW_PASSWORD })).status).toBe(200);
    expect((await me(person)).status).toBe(401);
    expect((await me(await logIn(app, person.email, NEW_PASSWORD))).body.data.emailVerified).toBe(false);
    expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(200);
  });
});
