import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.js';

const README = join(import.meta.dirname, '../../README.md');

describe('the tour of README.md, pasted as it stands', () => {
  let server: ServerProcess;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-tour-'));
    server = ServerProcess.start({ DATA_DIR: join(folder, 'data') });
    await server.url();
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('goes from a sign-up to a logout, and back in with a code from a mail', async () => {
    const tour = /```sh tour\n([\s\S]*?)```/.exec(await readFile(README, 'utf8'))?.[1] ?? '';
    expect(tour.match(/curl -s/g)).toHaveLength(12);
    const env = { PATH: process.env['PATH'], BASE: await server.url() };
    const { stdout, stderr } = await promisify(execFile)('sh', ['-eu', '-c', tour], { env, cwd: folder });
    expect(stderr).toBe('');
    const [me, song, list, loggedOut, refused, mailed, reset, login, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(more).toEqual([]);
    expect(me).toMatchObject({ data: { name: 'Ada Lovelace', role: 'user', status: 'active' } });
    expect(song).toMatchObject({ data: { title: 'City Lights', isrc: 'USRC12345678' } });
    expect(list).toMatchObject({ data: [{ name: 'The Midnight Collective' }], meta: { totalCount: 1 } });
    expect(loggedOut).toEqual({ message: 'You have logged out', data: null });
    expect(refused).toMatchObject({ statusCode: 401, code: 'invalid_token' });
    expect([mailed, reset]).toMatchObject([{ data: null }, { data: null }]);
    expect(login).toMatchObject({ data: { user: { name: 'Ada Lovelace', emailVerified: true } } });
  });
});
