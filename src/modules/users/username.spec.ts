import { describe, expect, it } from 'vitest';
import { isReservedUsername, USERNAME, usernameFromEmail, withRandomSuffix } from './username.js';

describe('a username', () => {
  it.each(['abc', 'a-b', 'john.doe_99', '0x0', 'a'.repeat(30)])('may be %s', (name) => {
    expect(USERNAME.test(name)).toBe(true);
  });

  it.each(['ab', 'a'.repeat(31), '.abc', 'abc.', '-abc', 'abc_', 'John', 'a b', 'a@b', 'josé', 'abc\n', ''])(
    'may not be %j',
    (name) => {
      expect(USERNAME.test(name)).toBe(false);
    },
  );
});

describe('a reserved username', () => {
  it.each(['admin', 'support', 'root', 'stagedoor', 'Admin', 'SUPPORT'])('is %s', (name) => {
    expect(isReservedUsername(name)).toBe(true);
  });

  it.each(['administer', 'john', 'root-1', 'admin-x7k2p9'])('is not %s', (name) => {
    expect(isReservedUsername(name)).toBe(false);
  });
});

const ODD_ADDRESSES = [
  'a@b.io',
  'ab@b.io',
  '+++@b.io',
  '名前@b.io',
  '_-_@b.io',
  `${'x'.repeat(64)}@b.io`,
  `${'x'.repeat(22)}.${'y'.repeat(30)}@b.io`,
  `${'x'.repeat(29)}.z@b.io`,
  'émile.zola@b.io',
];

describe('usernameFromEmail', () => {
  it.each([
    ['john.doe@example.com', 'john.doe'],
    ['john+news@example.com', 'johnnews'],
    ['jos\u00e9@example.com', 'jose'],
    ['.._john_@example.com', 'john'],
    [`${'x'.repeat(40)}@example.com`, 'x'.repeat(30)],
  ])('makes %s into %s', (email, username) => {
    expect(usernameFromEmail(email)).toBe(username);
  });

  it.each(['jo@example.com', '名前@example.com', '!@example.com'])(
    'adds a random suffix where the local part is too short for a username: %s',
    (email) => {
      expect(usernameFromEmail(email)).not.toBe(usernameFromEmail(email));
    },
  );

  it.each(ODD_ADDRESSES)('always makes a valid username: %s', (email) => {
    expect(usernameFromEmail(email)).toMatch(USERNAME);
  });
});

describe('withRandomSuffix', () => {
  it.each(ODD_ADDRESSES)('always makes a valid username: %s', (email) => {
    for (let round = 0; round < 50; round++) expect(withRandomSuffix(email)).toMatch(USERNAME);
  });

  it('keeps what there is room for, and is another one each time', () => {
    const names = new Set(Array.from({ length: 100 }, () => withRandomSuffix('john.doe@example.com')));
    expect(names.size).toBe(100);
    for (const name of names) expect(name).toMatch(/^john\.doe-[a-z0-9]{6}$/);
  });
});
