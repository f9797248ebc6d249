import argon2 from 'argon2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../src/common/domain-error.js';
import { CONFIG, type Config } from '../../src/config/config.js';
import { HASH_COST_MIN } from '../../src/config/hash-cost.js';
import { LoginService } from '../../src/modules/auth/login.service.js';
import { PasswordHasher } from '../../src/modules/passwords/password-hasher.js';
import { type Account, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { CALLER } from '../support/caller.js';
import { PASSWORD } from '../support/people.js';

const CHEAP = { type: argon2.argon2id, memoryCost: 8192, timeCost: 1, parallelism: 1 } as const;

let app: TestApp;
let logins: LoginService;
let hasher: PasswordHasher;
beforeAll(async () => {
  app = await startApp({ hashCost: HASH_COST_MIN });
  logins = app.nest.get(LoginService);
  hasher = app.nest.get(PasswordHasher);
});
afterAll(() => app.close());

const withHash = (passwordHash: string): Promise<Account> => insertAccount(app.database, { passwordHash });
const hashOf = async ({ id }: Account): Promise<string> => {
  const [row] = await app.database.query('SELECT password_hash FROM users WHERE id = $1', [id]);
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

  it('is compared to its last byte: nothing is truncated', async () => {
    const password = `${'é'.repeat(63)}🎸x`;
    const hash = await hasher.hash(password);
    expect(await hasher.verify(hash, password)).toBe(true);
    expect(await hasher.verify(hash, `${password.slice(0, -1)}y`)).toBe(false);
    expect(await hasher.verify(hash, password.slice(0, -1))).toBe(false);
    expect(await hasher.verify(hash, `${password} `)).toBe(false);
  });

  it('is neither trimmed nor case-folded', async () => {
    const hash = await hasher.hash(' Pass\u00e9word ');
    for (const other of ['Pass\u00e9word', ' pass\u00e9word ', ' Password ']) {
      expect(await hasher.verify(hash, other)).toBe(false);
    }
  });
});

describe('SECURITY 2: a password that can be typed in two ways', () => {
  const COMPOSED = 'Pass\u00e9word-42';
  const DECOMPOSED = 'Passe\u0301word-42';

  it.each([
    ['composed', 'decomposed', COMPOSED, DECOMPOSED],
    ['decomposed', 'composed', DECOMPOSED, COMPOSED],
    ['fullwidth', 'plain', '\uff30assword-42', 'Password-42'],
  ])('is one password: chosen %s, typed %s', async (_, _typed, chosen, typed) => {
    const hash = await hasher.hash(chosen);
    expect(await hasher.check(hash, chosen)).toEqual({ matches: true, isOutdated: false });
    expect(await hasher.check(hash, typed)).toEqual({ matches: true, isOutdated: false });
  });

  it('is stored in its normal form at the next login where it was hashed as typed', async () => {
    const account = await withHash(
      await argon2.hash(DECOMPOSED, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
    );
    await expect(logins.logIn(account.email, COMPOSED, CALLER)).rejects.toMatchObject(refused);
    await logins.logIn(account.email, DECOMPOSED, CALLER);
    await logins.logIn(account.email, COMPOSED, CALLER);
  });

  it('costs two hashes where it is refused, with and without an account', async () => {
    const account = await withHash(await hasher.hash(PASSWORD));
    for (const name of [account.email, 'nobody@example.com']) {
      const verify = vi.spyOn(argon2, 'verify');
      await expect(logins.logIn(name, DECOMPOSED, CALLER)).rejects.toMatchObject(refused);
      expect(verify).toHaveBeenCalledTimes(2);
      verify.mockRestore();
    }
  });

  it('costs two hashes at most where it is accepted', async () => {
    const account = await withHash(
      await argon2.hash(DECOMPOSED, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }),
    );
    const hashes = [vi.spyOn(argon2, 'verify'), vi.spyOn(argon2, 'hash')];
    for (const total of [2, 4]) {
      await logins.logIn(account.email, DECOMPOSED, CALLER);
      expect(hashes.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBe(total);
    }
    for (const spy of hashes) spy.mockRestore();
  });
});

describe('a hash that another system made', () => {
  const BCRYPT = '$2b$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a';

  it.each([
    ['bcrypt', BCRYPT, 'U*U*U'],
    ['a digest', '88a434c88cca4e900f7874cd98123f43', 'l\u00e8tmein'],
    ['a digest, typed decomposed', '88a434c88cca4e900f7874cd98123f43', 'le\u0300tmein'],
    ['argon2i', '$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$YC9+jJCrQhs5R6db7LlN8Q', 'secret'],
  ])('logs its owner in and is replaced by argon2id: %s', async (_, hash, password) => {
    const account = await withHash(await hasher.adopt(hash));
    await expect(logins.logIn(account.email, `${password}!`, CALLER)).rejects.toMatchObject(refused);
    await logins.logIn(account.email, password, CALLER);
    expect(await hashOf(account)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await logins.logIn(account.email, password, CALLER);
  });

  it('is refused, with the name of its field, where it cannot be used', async () => {
    await expect(hasher.adopt(BCRYPT.replace('05', '15'))).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ field: 'passwordHash', message: 'The bcrypt cost is above 14' }],
    });
  });

  it('is verified in the background for an import', async () => {
    expect(await hasher.verifyInBackground(BCRYPT, 'U*U*U')).toBe(true);
    expect(await hasher.verifyInBackground(BCRYPT, 'U*U')).toBe(false);
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
        const account = await insertAccount(app.database, { passwordHash, status: 'suspended' });
        return { name: account.email, password: PASSWORD };
      },
    ],
    ['a malformed stored hash', async () => ({ name: (await withHash('$2b$10$broken')).email, password: PASSWORD })],
    ['an empty stored hash', async () => ({ name: (await withHash('')).email, password: PASSWORD })],
  ])('for %s costs one verification at full cost and has the same error', async (_, prepare) => {
    const { name, password } = await prepare();
    const verify = vi.spyOn(argon2, 'verify');
    const hash = vi.spyOn(argon2, 'hash');
    try {
      await expect(logins.logIn(name, password, CALLER)).rejects.toMatchObject(refused);
      expect(verify.mock.calls.map(([digest]) => digest.split('$')[3])).toEqual(['m=19456,t=2,p=1']);
      expect(hash).not.toHaveBeenCalled();
    } finally {
      verify.mockRestore();
      hash.mockRestore();
    }
  });

  it('of an unknown user never succeeds, even with the password of the dummy hash', async () => {
    await expect(logins.logIn('nobody@example.com', 'the password of nobody', CALLER)).rejects.toMatchObject(refused);
  });
});

describe('SECURITY 2: a malformed stored hash', () => {
  it.each([
    '',
    'none',
    PASSWORD,
    '$2b$15$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
    '$argon2x$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$wrapped-md5$pf=e1BBU1NXT1JEfQ$$argon2id$v=19$m=0,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA',
    '$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
    '$argon2id$v=19$m=99999999999,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaA',
  ])('is refused and logged as an error, never accepted and never a 500: %j', async (stored) => {
    const account = await withHash(stored);
    const before = alarms();
    await expect(logins.logIn(account.email, PASSWORD, CALLER)).rejects.toMatchObject(refused);
    expect(alarms()).toBe(before + 1);
    expect(await hashOf(account)).toBe(stored);
  });

  it('is not shown in the log', async () => {
    await expect(
      logins.logIn((await withHash('$argon2id$v=19$m=x,marker$a$b')).email, PASSWORD, CALLER),
    ).rejects.toMatchObject(refused);
    expect(app.logLines.filter((line) => line.includes('marker'))).toEqual([]);
  });
});

describe('SECURITY 2: a hash of a lower cost', () => {
  it('is replaced at a successful login, and the password stays valid', async () => {
    const account = await withHash(await argon2.hash(PASSWORD, CHEAP));
    await logins.logIn(account.email, PASSWORD, CALLER);
    const upgraded = await hashOf(account);
    expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await logins.logIn(account.email, PASSWORD, CALLER);
    expect(await hashOf(account)).toBe(upgraded);
  });

  it.each(['wrong', 'suspended'])('is kept at a failed login: %s', async (cause) => {
    const stored = await argon2.hash(PASSWORD, CHEAP);
    const account = await insertAccount(app.database, {
      passwordHash: stored,
      status: cause === 'suspended' ? 'suspended' : 'active',
    });
    const password = cause === 'wrong' ? 'wrong-password' : PASSWORD;
    await expect(logins.logIn(account.email, password, CALLER)).rejects.toMatchObject(refused);
    expect(await hashOf(account)).toBe(stored);
  });

  it('lets in everyone who logs in at once, and is replaced', async () => {
    const account = await withHash(await argon2.hash(PASSWORD, CHEAP));
    await Promise.all(Array.from({ length: 5 }, () => logins.logIn(account.email, PASSWORD, CALLER)));
    expect(await hashOf(account)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('lets its owner in where there is no place for a new hash, and is replaced at the next login', async () => {
    const stored = await argon2.hash(PASSWORD, CHEAP);
    const account = await withHash(stored);
    const hash = vi.spyOn(hasher, 'hash').mockRejectedValueOnce(new DomainError('overloaded'));
    await logins.logIn(account.email, PASSWORD, CALLER);
    expect(hash).toHaveBeenCalledTimes(1);
    expect(await hashOf(account)).toBe(stored);
    hash.mockRestore();
    await logins.logIn(account.email, PASSWORD, CALLER);
    expect(await hashOf(account)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('does not restore an old password that was changed meanwhile, nor let it in', async () => {
    const account = await withHash(await argon2.hash(PASSWORD, CHEAP));
    const changed = await argon2.hash('another-Password', CHEAP);
    const hash = vi.spyOn(hasher, 'hash').mockImplementationOnce(async (password) => {
      await app.database.query('UPDATE users SET password_hash = $2 WHERE id = $1', [account.id, changed]);
      return argon2.hash(password, CHEAP);
    });
    try {
      await expect(logins.logIn(account.email, PASSWORD, CALLER)).rejects.toMatchObject(refused);
    } finally {
      hash.mockRestore();
    }
    expect(await hashOf(account)).toBe(changed);
  });
});

describe('SECURITY 2: a cost that was raised', () => {
  const RAISED = { memoryKib: HASH_COST_MIN.memoryKib + 1024, passes: HASH_COST_MIN.passes + 1 };

  it('is that of new hashes, and of others from the next login on', async () => {
    const stored = await hasher.hash(PASSWORD);
    const raised = await startApp({ hashCost: RAISED });
    const account = await insertAccount(raised.database, { passwordHash: stored });
    await raised.nest.get(LoginService).logIn(account.email, PASSWORD, CALLER);
    const [row] = await raised.database.query('SELECT password_hash FROM users WHERE id = $1', [account.id]);
    expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=20480,t=3,p=1\$/);
    await raised.close();
  });

  it('leaves secrets valid that are looked up by their hash', async () => {
    const salt = Buffer.alloc(16, 'salt');
    const raised = new PasswordHasher({ ...app.nest.get<Config>(CONFIG), hashCost: RAISED });
    expect(await raised.digest('secret', salt)).toEqual(await hasher.digest('secret', salt));
  });
});

describe('SECURITY 2: an argon2id hash that was made elsewhere', () => {
  const OURS = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

  it.each([
    ['more memory', { memoryCost: 20_480 }],
    ['more passes', { timeCost: 3 }],
    ['more lanes', { parallelism: 2 }],
    ['a shorter salt', { salt: Buffer.alloc(8, 'salt') }],
    ['a shorter hash', { hashLength: 16 }],
    ['an older version', { version: 0x10 }],
  ])('is replaced at a successful login: with %s', async (_, other) => {
    const stored = await argon2.hash(PASSWORD, { ...OURS, ...other });
    const account = await withHash(await hasher.adopt(stored));
    await logins.logIn(account.email, PASSWORD, CALLER);
    const replaced = await hashOf(account);
    expect(replaced).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(replaced).not.toBe(stored);
    await logins.logIn(account.email, PASSWORD, CALLER);
    expect(await hashOf(account)).toBe(replaced);
  });

  it('is kept where it has the parameters of new hashes', async () => {
    const stored = await argon2.hash(PASSWORD, OURS);
    const account = await withHash(await hasher.adopt(stored));
    await logins.logIn(account.email, PASSWORD, CALLER);
    expect(await hashOf(account)).toBe(stored);
  });
});
