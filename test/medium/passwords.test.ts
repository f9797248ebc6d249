import argon2 from 'argon2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuthService } from '../../src/modules/auth/auth.service.js';
import { PasswordHasher } from '../../src/modules/auth/passwords/password-hasher.js';
import { type Account, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/people.js';

const CHEAP = { type: argon2.argon2id, memoryCost: 8192, timeCost: 1, parallelism: 1 } as const;
const DEAR = { type: argon2.argon2id, memoryCost: 20_480, timeCost: 3, parallelism: 1 } as const;

let app: TestApp;
let auth: AuthService;
let hasher: PasswordHasher;
beforeAll(async () => {
  app = await startApp();
  auth = app.nest.get(AuthService);
  hasher = app.nest.get(PasswordHasher);
});
afterAll(() => app.close());

const withHash = (passwordHash: string): Promise<Account> => insertAccount(app.database.dataSource, { passwordHash });
const hashOf = async ({ id }: Account): Promise<string> => {
  const [row] = await app.database.dataSource.query('SELECT password_hash FROM users WHERE id = $1', [id]);
  return row.password_hash;
};
const refused = { code: 'invalid_credentials', message: 'Invalid credentials' };
const alarms = (): number =>
  app.logLines.filter((line) => line.includes('"level":"error"') && line.includes('hash is malformed')).length;

describe('SECURITY 2: a password', () => {
  it('is stored as argon2id with at least m=19456, t=2, p=1 and a random salt of 16 bytes', async () => {
    const [first, second] = [await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)];
    const [, id, version, cost, salt] = first.split('$');
    expect([id, version, cost]).toEqual(['argon2id', 'v=19', 'm=19456,t=2,p=1']);
    expect(Buffer.from(salt, 'base64')).toHaveLength(16);
    expect(second.split('$')[4]).not.toBe(salt);
  });

  it('counts to its last byte: nothing is cut off', async () => {
    const password = `${'é'.repeat(63)}🎸x`;
    const hash = await hasher.hash(password);
    expect(await hasher.verify(hash, password)).toBe(true);
    expect(await hasher.verify(hash, `${password.slice(0, -1)}y`)).toBe(false);
    expect(await hasher.verify(hash, password.slice(0, -1))).toBe(false);
    expect(await hasher.verify(hash, `${password} `)).toBe(false);
  });

  it('is neither trimmed nor normalised nor folded', async () => {
    const hash = await hasher.hash(' Pass\u00e9word ');
    for (const other of ['Pass\u00e9word', ' Passe\u0301word ', ' pass\u00e9word ']) {
      expect(await hasher.verify(hash, other)).toBe(false);
    }
  });
});

describe('SECURITY 3: a login that fails', () => {
  it.each<[string, () => Promise<{ name: string; password: string }>]>([
    ['an unknown e-mail', async () => ({ name: 'nobody@example.com', password: PASSWORD })],
    ['an unknown username', async () => ({ name: 'nobody', password: PASSWORD })],
    ['what is no name at all', async () => ({ name: '\0', password: PASSWORD })],
    [
      'a wrong password',
      async () => ({ name: (await withHash(await hasher.hash(PASSWORD))).email, password: `${PASSWORD}x` }),
    ],
    [
      'the right password of a suspended account',
      async () => {
        const passwordHash = await hasher.hash(PASSWORD);
        const account = await insertAccount(app.database.dataSource, { passwordHash, status: 'suspended' });
        return { name: account.email, password: PASSWORD };
      },
    ],
    ['a malformed stored hash', async () => ({ name: (await withHash('$2b$10$broken')).email, password: PASSWORD })],
    ['an empty stored hash', async () => ({ name: (await withHash('')).email, password: PASSWORD })],
  ])('for %s costs one verification at full cost and says the same', async (_, prepare) => {
    const { name, password } = await prepare();
    const verify = vi.spyOn(argon2, 'verify');
    const hash = vi.spyOn(argon2, 'hash');
    try {
      await expect(auth.logIn(name, password)).rejects.toMatchObject(refused);
      expect(verify.mock.calls.map(([digest]) => digest.split('$')[3])).toEqual(['m=19456,t=2,p=1']);
      expect(hash).not.toHaveBeenCalled();
    } finally {
      verify.mockRestore();
      hash.mockRestore();
    }
  });

  it('for nobody never succeeds, even with the password that stands in for theirs', async () => {
    await expect(auth.logIn('nobody@example.com', 'the password of nobody')).rejects.toMatchObject(refused);
  });
});

describe('SECURITY 2: a malformed stored hash', () => {
  it.each([
    '',
    'none',
    PASSWORD,
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    '$argon2i$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=99999999999,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
  ])('is a refusal and an alarm in the log, never a pass or a fault: %j', async (stored) => {
    const account = await withHash(stored);
    const before = alarms();
    await expect(auth.logIn(account.email, PASSWORD)).rejects.toMatchObject(refused);
    expect(alarms()).toBe(before + 1);
    expect(await hashOf(account)).toBe(stored);
  });

  it('is not shown in the log', async () => {
    await expect(auth.logIn((await withHash('$argon2id$v=19$m=x,marker$a$b')).email, PASSWORD)).rejects.toMatchObject(
      refused,
    );
    expect(app.logLines.filter((line) => line.includes('marker'))).toEqual([]);
  });
});

describe('SECURITY 2: a hash of a lower cost', () => {
  it('is made anew at a good login, and the password stays right', async () => {
    const account = await withHash(await argon2.hash(PASSWORD, CHEAP));
    await auth.logIn(account.email, PASSWORD);
    const upgraded = await hashOf(account);
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await auth.logIn(account.email, PASSWORD);
    expect(await hashOf(account)).toBe(upgraded);
  });

  it.each(['wrong', 'suspended'])('stays as it is at a failed login: %s', async (cause) => {
    const stored = await argon2.hash(PASSWORD, CHEAP);
    const account = await insertAccount(app.database.dataSource, {
      passwordHash: stored,
      status: cause === 'suspended' ? 'suspended' : 'active',
    });
    const password = cause === 'wrong' ? 'wrong-password' : PASSWORD;
    await expect(auth.logIn(account.email, password)).rejects.toMatchObject(refused);
    expect(await hashOf(account)).toBe(stored);
  });

  it('does not bring an old password back that was changed meanwhile', async () => {
    const account = await withHash(await argon2.hash(PASSWORD, CHEAP));
    const changed = await argon2.hash('another-Password', CHEAP);
    const hash = vi.spyOn(hasher, 'hash').mockImplementationOnce(async (password) => {
      await app.database.dataSource.query('UPDATE users SET password_hash = $2 WHERE id = $1', [account.id, changed]);
      return argon2.hash(password, CHEAP);
    });
    try {
      await auth.logIn(account.email, PASSWORD);
    } finally {
      hash.mockRestore();
    }
    expect(await hashOf(account)).toBe(changed);
  });
});

describe('SECURITY 2: a hash of a higher cost', () => {
  it('is not made cheaper by a login', async () => {
    const stored = await argon2.hash(PASSWORD, DEAR);
    const account = await withHash(stored);
    await auth.logIn(account.email, PASSWORD);
    expect(await hashOf(account)).toBe(stored);
  });
});
