import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { makeKey, signUp } from '../support/people.js';

const run = promisify(execFile);

describe('examples/server-to-server.mjs', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  const start = (key: string): Promise<{ stdout: string }> =>
    run(process.execPath, ['examples/server-to-server.mjs'], {
      env: { STAGEDOOR_URL: app.url, STAGEDOOR_API_KEY: key },
    });

  it('lists every artist of the key’s owner, newest first, over all pages', async () => {
    const person = await signUp(app);
    const { apiKey } = await makeKey(app, person);
    const names = Array.from({ length: 101 }, (_, i) => `Band ${i}`);
    for (const name of names) await app.http.post('/api/artists', { headers: person.headers, json: { name } });
    const lines = (await start(apiKey)).stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('The artists of John Doe:');
    expect(lines.slice(1).map((line) => line.split('  ')[1])).toEqual(names.toReversed());
  });

  it('exits with the server’s message when the key is refused', async () => {
    await expect(start('sk_live_unknown')).rejects.toMatchObject({
      stderr: expect.stringContaining('401 invalid_api_key'),
    });
  });
});
