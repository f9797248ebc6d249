import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../src/common/domain-error.js';
import { RefreshService } from '../../src/modules/auth/refresh.service.js';
import { type SignUpInput, SignUpService } from '../../src/modules/auth/sign-up.service.js';
import { USERNAME } from '../../src/modules/users/username.js';
import { count } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
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
  let signUps: SignUpService;
  beforeAll(async () => {
    app = await startApp();
    signUps = app.nest.get(SignUpService);
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
      Array.from({ length: 20 }, (_, i) => signUps.signUp(input(spellings[i % spellings.length]), CALLER)),
    );
    expect(codes(outcomes).sort()).toEqual([...Array<string>(19).fill('email_taken'), 'made']);
    expect(await count(app.database, 'users WHERE email = $1', [email])).toBe(1);
  });

  it('twenty times at once with one username makes one account, and nothing of the other nineteen', async () => {
    const before = await count(app.database, 'users');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        signUps.signUp(input(freshEmail(), { username: i % 2 === 0 ? 'the.chosen.one' : 'The.Chosen.ONE' }), CALLER),
      ),
    );
    expect(codes(outcomes).sort()).toEqual(['made', ...Array<string>(19).fill('username_taken')]);
    expect(await count(app.database, 'users')).toBe(before + 1);
  });

  it('many at once whose e-mails begin alike gives each a username of their own', async () => {
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, i) => signUps.signUp(input(`zoe.twin@host${i}.example.com`), CALLER)),
    );
    const names = people.map(({ user }) => user.username);
    expect(new Set(names).size).toBe(20);
    expect(names).toContain('zoe.twin');
    for (const name of names) expect(name).toMatch(USERNAME);
  });

  it('with an e-mail whose username somebody chose before gives another username, never a refusal', async () => {
    await signUps.signUp(input(freshEmail(), { username: 'coveted' }), CALLER);
    const { user } = await signUps.signUp(input('coveted@example.com'), CALLER);
    expect(user.username).toMatch(/^coveted-[a-z0-9]{6}$/);
  });

  it('with a reserved username is refused as if it were taken, in any case', async () => {
    const before = await count(app.database, 'users');
    for (const username of ['stagedoor', 'Support']) {
      const signUp = signUps.signUp(input(freshEmail(), { username }), CALLER);
      await expect(signUp).rejects.toMatchObject({ code: 'username_taken' });
    }
    expect(await count(app.database, 'users')).toBe(before);
  });

  it('with an e-mail that spells a reserved username gives it a suffix', async () => {
    const { user } = await signUps.signUp(input('Support@example.com'), CALLER);
    expect(user.username).toMatch(/^support-[a-z0-9]{6}$/);
  });

  it('leaves nothing behind when the password is refused', async () => {
    const email = freshEmail();
    await expect(signUps.signUp(input(email, { password: 'password' }), CALLER)).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ field: 'password' }],
    });
    expect(await count(app.database, 'users WHERE email = $1', [email])).toBe(0);
  });

  it('never takes a role or a status from what was sent', async () => {
    const smuggled = { ...input(freshEmail()), role: 'SUPER_ADMIN', status: 'suspended', id: 'mine' } as SignUpInput;
    const { user } = await signUps.signUp(smuggled, CALLER);
    expect(user).toMatchObject({ role: 'user', status: 'active' });
    expect(user.id).not.toBe('mine');
  });

  it('again after deletion makes a new person', async () => {
    const email = freshEmail();
    const first = await signUps.signUp(input(email), CALLER);
    await app.database.query('DELETE FROM users WHERE id = $1', [first.user.id]);
    const second = await signUps.signUp(input(email), CALLER);
    expect(second.user.id).not.toBe(first.user.id);
    await expect(app.nest.get(RefreshService).refresh(first.refreshToken, CALLER)).rejects.toMatchObject({
      code: 'invalid_refresh_token',
    });
  });
});

describe.runIf(onPostgres())('signing up on two instances of one database', () => {
  let database: TestDatabase;
  let apps: TestApp[];
  beforeAll(async () => {
    database = await openTestDatabase();
    apps = [await startApp({ database }), await startApp({ database: await database.anotherPool() })];
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
