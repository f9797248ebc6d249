import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { makeKey, signUp } from '../support/people.js';

const run = promisify(execFile);

describe('examples/import-catalogue.mjs', () => {
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

  async function start(lines: readonly object[], apiKey: string) {
    const path = join(folder, 'roster.ndjson');
    await writeFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const env = { STAGEDOOR_URL: app.url, STAGEDOOR_API_KEY: apiKey };
    return run(process.execPath, ['examples/import-catalogue.mjs', path], { env });
  }

  it('imports a file, shows how far it is, and says which lines were refused', async () => {
    const person = await signUp(app);
    const { apiKey } = await makeKey(app, person);
    const lines = [
      { name: 'Midnight', identifiers: [{ type: 'isni', value: '0000000078387189' }] },
      { name: 'No identifier' },
      { name: 'Daybreak', identifiers: [{ type: 'x-catalogue', value: 'D-1' }] },
    ];
    const first = await start(lines, apiKey);
    expect(first.stdout).toContain('line 2: identifiers must have at least one identifier');
    expect(first.stdout).toContain('created 2, updated 0, unchanged 0, refused 1');
    expect(first.stderr).toMatch(/\[#{30}\] 100 %/);
    expect((await start(lines, apiKey)).stdout).toContain('created 0, updated 0, unchanged 2, refused 1');
    const { body } = await app.http.get('/api/artists', { headers: person.headers });
    expect(body.data.map(({ name }) => name)).toEqual(['Daybreak', 'Midnight']);
  });

  it('ends with the server’s message when the import is refused', async () => {
    const { apiKey } = await makeKey(app, await signUp(app), { scopes: ['artists:read'] });
    await expect(start([], apiKey)).rejects.toMatchObject({
      stderr: expect.stringContaining('The API key does not have the scope artists:write') as string,
    });
    await expect(start([], 'sk_live_wrong')).rejects.toMatchObject({
      stderr: expect.stringContaining('API key invalid') as string,
    });
  });
});
