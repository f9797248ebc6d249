import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, SUPER_ADMIN, type TestApp } from '../support/app.js';
import { freshEmail, logIn, signUp } from '../support/people.js';

const run = promisify(execFile);

describe('examples/import-users.mjs', () => {
  let app: TestApp;
  let folder: string;
  beforeAll(async () => {
    app = await startApp();
    folder = await mkdtemp(join(tmpdir(), 'import-'));
  });
  afterAll(async () => {
    await app.close();
    await rm(folder, { recursive: true });
  });

  async function start(lines: readonly object[], { email, password } = SUPER_ADMIN) {
    const path = join(folder, 'users.ndjson');
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const env = { STAGEDOOR_URL: app.url, STAGEDOOR_EMAIL: email, STAGEDOOR_PASSWORD: password };
    return run(process.execPath, ['examples/import-users.mjs', path], { env });
  }

  it('imports a file, shows how far it is, and says which lines were refused', async () => {
    const email = freshEmail();
    const { stdout, stderr } = await start([
      { email, name: 'Ada', passwordHash: '88a434c88cca4e900f7874cd98123f43' },
      { email, name: 'Ada again' },
      { email: 'nobody', name: 'Nobody' },
    ]);
    expect(stdout).toContain('line 3: email must be an e-mail address');
    expect(stdout).toContain('created 1, already there 1, refused 1');
    expect(stderr).toMatch(/\[#{30}\] 100 %/);
    await logIn(app, email, 'lètmein');
  });

  it('ends with the server’s message when the import is refused', async () => {
    const person = await signUp(app);
    await expect(start([{ email: freshEmail(), name: 'Ada' }], person)).rejects.toMatchObject({
      stderr: expect.stringContaining('Your role does not allow this operation') as string,
    });
    await expect(start([], { ...SUPER_ADMIN, password: 'wrong' })).rejects.toMatchObject({
      stderr: expect.stringContaining('401') as string,
    });
  });
});
