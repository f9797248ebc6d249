import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { HASH_COST_MIN } from '../../src/config/hash-cost.js';
import { EmailCodes } from '../../src/modules/email-codes/email-codes.js';
import { PasswordHasher } from '../../src/modules/passwords/password-hasher.js';
import { expectRefusal } from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';
import { EXPENSIVE_HASHES, FOREIGN_HASHES, MALFORMED_HASHES } from '../support/foreign-hashes.js';
import type { HttpAnswer } from '../support/http-client.js';
import { admin, freshEmail, logIn, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

let app: TestApp;
let root: Person;
beforeAll(async () => {
  app = await startApp({ hashCost: HASH_COST_MIN });
  root = await superAdmin(app);
});
afterAll(() => app.close());

type Line = Record<string, unknown>;

const post = (raw: string, person = root): Promise<HttpAnswer> =>
  app.http.post('/api/users/import', {
    raw,
    headers: { ...person.headers, 'content-type': 'application/x-ndjson' },
  });

const parsed = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

async function importLines(lines: readonly object[]): Promise<Line[]> {
  const { status, text } = await post(lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(status).toBe(200);
  return parsed(text);
}

const row = async (email: string): Promise<Line | undefined> => {
  const rows = await app.database.query<Line>('SELECT * FROM users WHERE email = $1', [email]);
  return rows[0];
};

/** As if the person had changed their address from this one, and could undo it. */
async function reserve({ id }: Person, address: string): Promise<void> {
  const codes = app.nest.get(EmailCodes, { strict: false });
  const code = { messageId: newId(), kind: 'undo', userId: id, address, giveUpAt: new Date() } as const;
  await app.database.transaction((manager) => codes.issue(manager, code));
}

/** A bcrypt hash of `U*U*U`. */
const BCRYPT = '$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a';

describe('an import of users', () => {
  it('creates the person of each line, in order, and counts them', async () => {
    const emails = Array.from({ length: 250 }, freshEmail);
    const answers = await importLines(emails.map((email) => ({ email, name: 'Ada King Lovelace' })));
    expect(answers.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(
      emails.map((_, i) => [i + 1, 'created']),
    );
    expect(answers.at(-1)).toEqual({ done: true, created: 250, exists: 0, refused: 0 });
    const { body } = await app.http.get(`/api/users/${String(answers[249]?.['id'])}`, { headers: root.headers });
    expect(body.data).toMatchObject({ email: emails[249], firstName: 'Ada', lastName: 'King Lovelace', role: 'user' });
  });

  it('keeps what a line says', async () => {
    const email = freshEmail();
    const username = email.slice(0, 19).replace('@', '-');
    await importLines([
      {
        email: ` ${email.toUpperCase()} `,
        name: 'Ada Lovelace',
        username: username.toUpperCase(),
        phone: '+12025550123',
        locale: 'en-GB',
        createdAt: '2020-02-29T12:00:00+02:00',
        emailVerified: true,
      },
    ]);
    expect(await row(email)).toMatchObject({
      username,
      phone: '+12025550123',
      locale: 'en-GB',
      created_at: new Date('2020-02-29T10:00:00Z'),
      email_verified_at: expect.any(Date) as Date,
      password_hash: null,
      role: 'user',
      status: 'active',
    });
  });

  it('verifies no address, and makes a username, where a line does not say', async () => {
    const email = freshEmail();
    await importLines([{ email, name: 'Ada' }]);
    expect(await row(email)).toMatchObject({ email_verified_at: null, locale: null, phone: null });
    expect((await row(email))?.['username']).toMatch(/^person\./);
  });

  it('answers exists for an address that has an account, and changes nothing of it', async () => {
    const person = await signUp(app);
    const before = await row(person.email);
    const lines = [{ email: person.email, name: 'Eve', passwordHash: BCRYPT }];
    expect(await importLines(lines)).toEqual([
      { line: 1, result: 'exists', id: person.id },
      { done: true, created: 0, exists: 1, refused: 0 },
    ]);
    expect(await row(person.email)).toEqual(before);
  });

  it('answers exists for an address that stands in the file before', async () => {
    const email = freshEmail();
    const answers = await importLines([
      { email, name: 'First' },
      { email: email.toUpperCase(), name: 'Second' },
    ]);
    expect(answers.map(({ result }) => result)).toEqual(['created', 'exists', undefined]);
    expect(answers[1]?.['id']).toBe(answers[0]?.['id']);
    expect(await row(email)).toMatchObject({ first_name: 'First' });
  });

  it('answers each line with its own user where new ones, existing ones and taken usernames are mixed', async () => {
    const username = `taken-${newId().slice(-12)}`;
    const existing = await signUp(app, { username });
    const emails = Array.from({ length: 4 }, freshEmail);
    const answers = await importLines([
      { email: emails[0], name: 'New' },
      { email: existing.email, name: 'Existing' },
      { email: emails[1], name: 'New' },
      { email: emails[2], name: 'Taken', username },
      { email: emails[3], name: 'New' },
    ]);
    const idOf = async (email: string | undefined): Promise<unknown> => (await row(email ?? ''))?.['id'];
    expect(answers).toEqual([
      { line: 1, result: 'created', id: await idOf(emails[0]) },
      { line: 2, result: 'exists', id: existing.id },
      { line: 3, result: 'created', id: await idOf(emails[1]) },
      expect.objectContaining({ line: 4, result: 'refused', code: 'username_taken' }),
      { line: 5, result: 'created', id: await idOf(emails[3]) },
      { done: true, created: 3, exists: 1, refused: 1 },
    ]);
  });

  it('answers exists for an address that an undo code reserves, and creates the users around it', async () => {
    const owner = await signUp(app);
    const [before, reserved, after] = [freshEmail(), freshEmail(), freshEmail()];
    await reserve(owner, reserved);
    const answers = await importLines([before, reserved, after].map((email) => ({ email, name: 'Ada' })));
    expect(answers.map(({ result }) => result)).toEqual(['created', 'exists', 'created', undefined]);
    expect(answers[1]).toEqual({ line: 2, result: 'exists' });
    expect(await row(reserved)).toBeUndefined();
  });

  it('stores no user without an answer where the database fails', async () => {
    const [before, failing] = [freshEmail(), freshEmail()];
    await app.database.query(
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'a defect'; END $$`,
    );
    await app.database.query(
      `CREATE TRIGGER fail BEFORE INSERT ON users FOR EACH ROW WHEN (NEW.email = '${failing}') EXECUTE FUNCTION fail()`,
    );
    try {
      const { text } = await post(
        [before, failing].map((email) => JSON.stringify({ email, name: 'Ada Lovelace' })).join('\n'),
      );
      expect(parsed(text)).toMatchObject([{ done: false, created: 0, code: 'internal_error' }]);
    } finally {
      await app.database.query('DROP TRIGGER fail ON users');
      await app.database.query('DROP FUNCTION fail');
    }
    expect(await row(before)).toBeUndefined();
  });

  it('stores the users that it answers as created, also where the last line has a reserved address and a taken username', async () => {
    const owner = await signUp(app);
    const [before, reserved] = [freshEmail(), owner.email.replace('@example.com', '@reserved.example')];
    await reserve(owner, reserved);
    const answers = await importLines([before, reserved].map((email) => ({ email, name: 'Ada' })));
    expect(answers.map(({ result }) => result)).toEqual(['created', 'exists', undefined]);
    expect(await row(before)).toMatchObject({ id: answers[0]?.['id'] });
    expect(await row(reserved)).toBeUndefined();
  });

  it.each([
    ['a role', { role: 'admin' }, 'role is not a known field', ['role', 'unknown_field']],
    ['an unknown field', { nickname: 'x' }, 'nickname is not a known field', ['nickname', 'unknown_field']],
    ['no name', { name: undefined }, 'name must be', ['name', 'required']],
    ['no address', { email: 'nobody' }, 'email must be an e-mail address', ['email', 'format']],
    ['a malformed hash', { passwordHash: '$2b$05$broken' }, 'bcrypt hash is malformed', ['passwordHash', 'format']],
    [
      'a hash that is too expensive',
      { passwordHash: BCRYPT.replace('05', '15') },
      'bcrypt cost is above 14',
      ['passwordHash', 'format'],
    ],
    [
      'a probe without a hash',
      { probePassword: 'x' },
      'probePassword needs a passwordHash',
      ['probePassword', 'incomplete'],
    ],
    [
      'a date that is none',
      { createdAt: '2023-02-29T00:00:00Z' },
      'createdAt must be a date and time',
      ['createdAt', 'format'],
    ],
  ])('refuses a line with %s, stores nothing of it and goes on', async (_, change, message, [field, code]) => {
    const [bad, good] = [freshEmail(), freshEmail()];
    const answers = await importLines([
      { email: bad, name: 'Ada', ...change },
      { email: good, name: 'Ada' },
    ]);
    expect(answers[0]).toEqual({
      line: 1,
      result: 'refused',
      code: 'invalid_request',
      message: expect.stringContaining(message) as string,
      errors: [expect.objectContaining({ field, code })],
    });
    expect(answers[1]).toMatchObject({ line: 2, result: 'created' });
    expect(answers[2]).toEqual({ done: true, created: 1, exists: 0, refused: 1 });
    expect(await row(bad)).toBeUndefined();
  });

  it('refuses a username that is taken, and makes none up in its place', async () => {
    const person = await signUp(app);
    const email = freshEmail();
    expect((await importLines([{ email, name: 'Ada', username: person.username }]))[0]).toMatchObject({
      result: 'refused',
      code: 'username_taken',
      errors: [{ field: 'username', code: 'taken' }],
    });
    expect(await row(email)).toBeUndefined();
  });

  it('refuses lines that are no JSON, and too long ones, by their number', async () => {
    const email = freshEmail();
    const text = `{"email":\n\n{"email":"${'x'.repeat(110_000)}"}\n{"email":"${email}","name":"Ada"}`;
    expect(parsed((await post(text)).text)).toMatchObject([
      { line: 1, result: 'refused', code: 'malformed_json' },
      { line: 2, result: 'refused', code: 'payload_too_large' },
      { line: 3, result: 'created' },
      { done: true, created: 1, exists: 0, refused: 2 },
    ]);
  });
});

describe('an imported password', () => {
  it.each(FOREIGN_HASHES)('of each family logs in once and is argon2id afterwards: %s', async (_, hash, password) => {
    const email = freshEmail();
    expect((await importLines([{ email, name: 'Ada', passwordHash: hash }]))[0]).toMatchObject({ result: 'created' });
    await logIn(app, email, password);
    expect((await row(email))?.['password_hash']).toMatch(/^\$argon2id\$v=19\$m=\d{5,},t=[2-9],p=\d+\$/);
    await logIn(app, email, password);
  });

  it('that is malformed or too expensive is refused by its line, and nothing of it is stored', async () => {
    const bad = [...MALFORMED_HASHES, ...EXPENSIVE_HASHES];
    const emails = bad.map(freshEmail);
    const answers = await importLines(bad.map((passwordHash, i) => ({ email: emails[i], name: 'Ada', passwordHash })));
    expect(answers.slice(0, -1).map(({ line, result }) => [line, result])).toEqual(
      bad.map((_, i) => [i + 1, 'refused']),
    );
    expect(await app.database.query('SELECT 1 FROM users WHERE email = ANY($1)', [emails])).toEqual([]);
  });

  it('logs in, and is stored as argon2id from then on', async () => {
    const email = freshEmail();
    await importLines([{ email, name: 'Ada', passwordHash: BCRYPT }]);
    expect(await row(email)).toMatchObject({ password_hash: BCRYPT });
    await logIn(app, email, 'U*U*U');
    expect((await row(email))?.['password_hash']).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await logIn(app, email, 'U*U*U');
  });

  it('of a fast hash never reaches the table', async () => {
    const email = freshEmail();
    const digest = '88a434c88cca4e900f7874cd98123f43';
    await importLines([{ email, name: 'Ada', passwordHash: digest }]);
    expect(JSON.stringify(await row(email))).not.toContain(digest);
    await logIn(app, email, 'lètmein');
  });

  it.each([
    ['right', 'U*U*U', true],
    ['wrong', 'U*U', false],
  ])('is tried with a probe that is %s, which is not stored', async (_, probePassword, verified) => {
    const email = freshEmail();
    const [answer] = await importLines([{ email, name: 'Ada', passwordHash: BCRYPT, probePassword }]);
    expect(answer).toMatchObject({ result: 'created', verified });
    expect(await row(email)).toMatchObject({ password_hash: BCRYPT });
  });

  it('that is missing leaves no way in', async () => {
    const email = freshEmail();
    await importLines([{ email, name: 'Ada' }]);
    for (const password of ['', 'null', PASSWORD]) {
      const answer = await app.http.post('/api/auth/login', { json: { email, password } });
      expectRefusal(answer, 401, 'invalid_credentials');
    }
  });
});

describe('who may import', () => {
  it('is a SUPER_ADMIN with a session', async () => {
    const line = JSON.stringify({ email: freshEmail(), name: 'Ada' });
    expectRefusal(await post(line, await signUp(app)), 403, 'forbidden');
    expectRefusal(await post(line, await admin(app)), 403, 'forbidden');
  });

  it('is one whose login is recent', async () => {
    const person = await superAdmin(app);
    await app.database.query(`UPDATE sessions SET authenticated_at = authenticated_at - interval '11 minutes'`);
    expectRefusal(
      await post(JSON.stringify({ email: freshEmail(), name: 'Ada' }), person),
      403,
      'reauthentication_required',
    );
    root = await superAdmin(app);
  });

  it('is asked again when the hashes of a batch have been read, which may take minutes', async () => {
    const [person, email] = [await superAdmin(app), freshEmail()];
    const hasher = app.nest.get(PasswordHasher, { strict: false });
    const adopt = hasher.adopt.bind(hasher);
    vi.spyOn(hasher, 'adopt').mockImplementationOnce(async (hash) => {
      await app.http.post('/api/auth/logout', { headers: person.headers });
      return adopt(hash);
    });
    const { text } = await post(JSON.stringify({ email, name: 'Ada', passwordHash: BCRYPT }), person);
    expect(parsed(text)).toEqual([
      expect.objectContaining({ done: false, ...{ created: 0, exists: 0, refused: 0 }, code: 'invalid_token' }),
    ]);
    expect(await row(email)).toBeUndefined();
  });

  it('is asked again with each batch: lines after a logout are not stored', async () => {
    const person = await superAdmin(app);
    const [first, second] = [freshEmail(), freshEmail()];
    const connection = await RawConnection.open(app.url);
    const head = `Host: x\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/x-ndjson`;
    const line = (email: string): string => `${JSON.stringify({ email, name: 'Ada' })}\n`;
    const length = line(first).length + line(second).length;
    connection.send(`POST /api/users/import HTTP/1.1\r\n${head}\r\nContent-Length: ${length}\r\n\r\n${line(first)}`);
    await connection.hears('"result":"created"');
    await app.http.post('/api/auth/logout', { headers: person.headers });
    connection.send(line(second));
    await connection.hears('"done":false');
    connection.destroy();
    expect(await row(first)).toBeDefined();
    expect(await row(second)).toBeUndefined();
  });

  it('runs one import at a time; the next may begin when it is cut off', async () => {
    const person = await superAdmin(app);
    const email = freshEmail();
    const connection = await RawConnection.open(app.url);
    const head = `Host: x\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/x-ndjson`;
    const line = `${JSON.stringify({ email, name: 'Ada' })}\n`;
    connection.send(`POST /api/users/import HTTP/1.1\r\n${head}\r\nContent-Length: 1000\r\n\r\n${line}{"email":`);
    await connection.hears('"result":"created"');
    const refused = await post(line);
    expectRefusal(refused, 429, 'rate_limited');
    connection.destroy();
    await expect.poll(async () => (await post(line)).status).toBe(200);
    // What was answered is stored.
    expect(await row(email)).toBeDefined();
  });

  it('is on record once for each import', async () => {
    const imports = async (): Promise<Line[]> => {
      const { body } = await app.http.get('/api/audit?event=users.imported&size=100', { headers: root.headers });
      return body.data as unknown as Line[];
    };
    const before = (await imports()).length;
    await importLines([{ email: freshEmail(), name: 'Ada' }, { email: 'nobody' }]);
    await expect.poll(async () => (await imports()).length).toBe(before + 1);
    expect((await imports())[0]).toMatchObject({ actorId: root.id, details: { created: 1, exists: 0, refused: 1 } });
  });
});
