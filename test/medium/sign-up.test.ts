import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/common/domain-error.js';
import { AuthService, type SignUpInput } from '../../src/modules/auth/auth.service.js';
import { USERNAME } from '../../src/modules/users/username.js';
import { count } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import { freshEmail, PASSWORD } from '../support/people.js';

const input = (email: string, more: Partial<SignUpInput> = {}): SignUpInput => ({
  email,
  password: PASSWORD,
  firstName: 'John',
  lastName: 'Doe',
  ...more,
});

describe('signing up', () => {
  let app: TestApp;
  let auth: AuthService;
  beforeAll(async () => {
    app = await startApp();
    auth = app.nest.get(AuthService);
  });
  afterAll(() => app.close());

  const codes = (outcomes: PromiseSettledResult<unknown>[]): (string | undefined)[] =>
    outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'made' : outcome.reason instanceof DomainError ? outcome.reason.code : 'fault',
    );

  it('twenty times at once with one e-mail, in any spelling, makes one account', async () => {
    const email = freshEmail();
    const spellings = [
      email,
      email.toUpperCase(),
      email.replace('person', 'ＰＥＲＳＯＮ'),
      email.replace('com', 'COM'),
    ];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => auth.signUp(input(spellings[i % spellings.length]))),
    );
    expect(codes(outcomes).sort()).toEqual([...Array<string>(19).fill('email_taken'), 'made']);
    expect(await count(app.database.dataSource, 'users WHERE email = $1', [email])).toBe(1);
  });

  it('twenty times at once with one username makes one account, and nothing of the other nineteen', async () => {
    const before = await count(app.database.dataSource, 'users');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        auth.signUp(input(freshEmail(), { username: i % 2 === 0 ? 'the.chosen.one' : 'The.Chosen.ONE' })),
      ),
    );
    expect(codes(outcomes).sort()).toEqual(['made', ...Array<string>(19).fill('username_taken')]);
    expect(await count(app.database.dataSource, 'users')).toBe(before + 1);
  });

  it('many at once whose e-mails begin alike gives each a username of their own', async () => {
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, i) => auth.signUp(input(`zoe.twin@host${i}.example.com`))),
    );
    const names = people.map(({ user }) => user.username);
    expect(new Set(names).size).toBe(20);
    expect(names).toContain('zoe.twin');
    for (const name of names) expect(name).toMatch(USERNAME);
  });

  it('with an e-mail whose username somebody chose before gives another username, never a refusal', async () => {
    await auth.signUp(input(freshEmail(), { username: 'coveted' }));
    const { user } = await auth.signUp(input('coveted@example.com'));
    expect(user.username).toMatch(/^coveted-[a-z0-9]{6}$/);
  });

  it('leaves nothing behind when the password is refused', async () => {
    const email = freshEmail();
    await expect(auth.signUp(input(email, { password: 'password' }))).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ field: 'password' }],
    });
    expect(await count(app.database.dataSource, 'users WHERE email = $1', [email])).toBe(0);
  });

  it('never takes a role or a status from what was sent', async () => {
    const smuggled = { ...input(freshEmail()), role: 'SUPER_ADMIN', status: 'suspended', id: 'mine' } as SignUpInput;
    const { user } = await auth.signUp(smuggled);
    expect(user).toMatchObject({ role: 'user', status: 'active' });
    expect(user.id).not.toBe('mine');
  });

  it('again after deletion makes a new person', async () => {
    const email = freshEmail();
    const first = await auth.signUp(input(email));
    await app.database.dataSource.query('DELETE FROM users WHERE id = $1', [first.user.id]);
    const second = await auth.signUp(input(email));
    expect(second.user.id).not.toBe(first.user.id);
    await expect(auth.refresh(first.refreshToken)).rejects.toMatchObject({ code: 'invalid_refresh_token' });
  });
});

describe.runIf(onPostgres())('signing up on two instances of one database', () => {
  let database: TestDatabase;
  let apps: TestApp[];
  beforeAll(async () => {
    database = await openTestDatabase();
    apps = [await startApp({ database }), await startApp({ database: await database.connect() })];
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.close();
  });

  it('twenty times at once with one e-mail answers 201 once and 409 nineteen times', async () => {
    const email = freshEmail();
    const json = { email, name: 'John Doe', password: PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => apps[i % 2].http.post('/api/auth/signup', { json })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    for (const { status, body } of answers) if (status === 409) expect(body.code).toBe('email_taken');
  });
});
