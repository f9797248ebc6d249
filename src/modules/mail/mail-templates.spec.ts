import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/config.js';
import { MailTemplates } from './mail-templates.js';

const CODE = 'Subject: s\n\n{code}';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-templates-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string | Buffer>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

async function problemsOf(files: Record<string, string | Buffer>): Promise<readonly string[]> {
  await write(files);
  try {
    await MailTemplates.load(folder);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('MAIL_TEMPLATES_DIR', () => {
  it.each([
    [null, 'general'],
    ['fr', 'general'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de-AT'],
    ['de-at-1996', 'de-AT'],
    ['de-CH', 'de'],
    ['den', 'general'],
  ])('the template for the locale %s is that of %s', async (locale, expected) => {
    await write({
      'password-changed.txt': 'Subject: general\n\ntext',
      'de/password-changed.txt': 'Subject: de\n\nText',
      'de-AT/password-changed.txt': 'Subject: de-AT\n\nText',
    });
    const templates = await MailTemplates.load(folder);
    expect(templates.find('password-changed', locale).render({}).subject).toBe(expected);
  });

  it('may hold some of the templates: for the others there are the built-in ones', async () => {
    await write({ 'de/reset.txt': CODE });
    const templates = await MailTemplates.load(folder);
    expect(templates.find('reset', 'de').render({ code: 'X' }).text).toBe('X\n');
    expect(templates.find('verify', 'de').render({ appName: 'Acme', code: 'X' }).subject).toBe(
      'Confirm your Acme address',
    );
  });

  it('may hold other files beside the templates', async () => {
    expect(await problemsOf({ 'README.md': 'x', '.git/config': 'x', '.hidden.txt': 'x', 'reset.txt': CODE })).toEqual(
      [],
    );
  });

  it('is checked at start, and every problem is named at once', async () => {
    const problems = await problemsOf({
      'reset.txt': 'Subject: s\n\n{name}',
      'unknown.txt': CODE,
      'verify.txt': Buffer.from([0x53, 0xff]),
      'not a language/reset.txt': CODE,
      'de/invitation.txt': 'Hello\n\n{code}',
      'de/password-changed.txt': 'Subject: s\n\n{code}',
    });
    expect(problems).toEqual([
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: de\/invitation\.txt: its first line/),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: de\/password-changed\.txt: \{code\} is unknown/),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: not a language\/ is not a language tag/),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: reset\.txt: \{name\} is unknown/),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: reset\.txt: it must show \{code\}/),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: unknown\.txt is not a known template; the names are /),
      expect.stringMatching(/^MAIL_TEMPLATES_DIR: verify\.txt: it is not UTF-8/),
    ]);
  });

  it('has to exist', async () => {
    await expect(MailTemplates.load(join(folder, 'missing'))).rejects.toThrow('cannot be read (ENOENT)');
  });
});
