import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './read-config.js';
import { SettingsReader } from './settings-reader.js';

describe('SettingsReader', () => {
  it('collects every problem instead of stopping at the first', () => {
    const read = new SettingsReader({ SIZE: 'large', COLOR: 'mauve' });
    read.integer('SIZE', 1, 1, 9);
    read.oneOf('COLOR', ['red', 'blue'], 'red');
    expect(read.problems).toEqual([
      'SIZE must be an integer from 1 to 9, not "large"',
      'COLOR must be one of red, blue, not "mauve"',
    ]);
  });

  it('goes on with the default of an invalid setting and remembers that it is invalid', () => {
    const read = new SettingsReader({ SIZE: 'large' });
    expect(read.integer('SIZE', 5, 1, 9)).toBe(5);
    expect([read.isInvalid('SIZE'), read.isInvalid('COLOR')]).toEqual([true, false]);
  });
});

describe('a secret in a file', () => {
  const SECRET = 'k7Qm2vXw9TzR4bNc8LpY1sHd6JfG3aE5';
  let folder: string;
  let path: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-secret-'));
    path = join(folder, 'secret');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(['', '\n', '\r\n'])('is read without the line break at its end: %j', async (end) => {
    await writeFile(path, ` ${SECRET} ${end}`);
    const read = new SettingsReader({ APP_SECRET_FILE: path });
    expect(read.secret('APP_SECRET', 32)).toBe(` ${SECRET} `);
    expect(read.problems).toEqual([]);
  });

  it.each([
    ['APP_SECRET', SECRET, {}],
    ['APP_SECRET_PREVIOUS', SECRET, { APP_SECRET: `${SECRET}-new` }],
    ['DATABASE_URL', 'postgres://user:secret@db/app', { APP_SECRET: SECRET }],
    ['REDIS_URL', 'redis://:secret@cache', {}],
    ['SUPER_ADMIN_PASSWORD', 'kettle-9-Orbit', { SUPER_ADMIN_EMAIL: 'root@example.com' }],
  ])('may be %s', async (name, value, env) => {
    await writeFile(path, `${value}\n`);
    expect(readConfig({ ...env, [`${name}_FILE`]: path })).toEqual(readConfig({ ...env, [name]: value }));
  });

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${SECRET}\r\n`)],
    ['UTF-16', Buffer.from(`\ufeff${SECRET}\r\n`, 'utf16le')],
  ])('may be in %s', async (_, content) => {
    await writeFile(path, content);
    const read = new SettingsReader({ APP_SECRET_FILE: path });
    expect([read.secret('APP_SECRET', 32), read.problems]).toEqual([SECRET, []]);
  });

  it('is rejected where it is no text', async () => {
    await writeFile(path, Buffer.alloc(40, 0xff));
    const read = new SettingsReader({ APP_SECRET_FILE: path });
    read.secret('APP_SECRET', 32);
    expect(read.problems).toEqual([`APP_SECRET_FILE names the file ${path}, which is not encoded in UTF-8`]);
  });

  it('counts as set', () => {
    const isSet = (env: Record<string, string>): boolean => new SettingsReader(env).isSet('MAIL_URL');
    expect([isSet({ MAIL_URL_FILE: path }), isSet({ MAIL_URL: 'x' }), isSet({})]).toEqual([true, true, false]);
  });

  it('is rejected beside the secret itself', async () => {
    await writeFile(path, SECRET);
    const read = new SettingsReader({ APP_SECRET: SECRET, APP_SECRET_FILE: path });
    read.secret('APP_SECRET', 32);
    expect(read.problems).toEqual(['APP_SECRET_FILE and APP_SECRET are both set: unset one of them']);
  });

  it('is rejected where it is missing or empty, as the only problem', async () => {
    await writeFile(path, '\n');
    const env = { DATABASE_URL: 'postgres://db/app' };
    expect(() => readConfig({ ...env, APP_SECRET_FILE: path })).toThrow(
      `invalid:\n  - APP_SECRET_FILE names the file ${path}, which is empty\n`,
    );
    expect(() => readConfig({ ...env, APP_SECRET_FILE: `${path}-2` })).toThrow(
      `invalid:\n  - APP_SECRET_FILE names the file ${path}-2, which cannot be read (ENOENT)\n`,
    );
  });
});
