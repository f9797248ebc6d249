import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config/env.js';
import { buildServer, type BuiltServer, ServerProcess } from '../support/server-process.js';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (path: string): Promise<string> => readFile(join(PROJECT, path), 'utf8');

describe('the tour of README.md, pasted as it stands', () => {
  let built: BuiltServer;
  let server: ServerProcess;
  let folder: string;
  beforeAll(async () => {
    built = await buildServer();
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-tour-'));
    server = ServerProcess.start(built, { DATA_DIR: join(folder, 'data') });
    await server.url();
  });
  afterAll(async () => {
    await server.stop();
    await built.remove();
    await rm(folder, { recursive: true });
  });

  it('signs up, shows the account, an artist and a song, reads with a key, refreshes, and is logged out', async () => {
    const tour = /```sh tour\n([\s\S]*?)```/.exec(await read('README.md'))?.[1] ?? '';
    expect(tour.match(/curl -s/g)).toHaveLength(9);
    const env = { PATH: process.env['PATH'], BASE: await server.url() };
    const { stdout, stderr } = await promisify(execFile)('sh', ['-eu', '-c', tour], { env, cwd: folder });
    expect(stderr).toBe('');
    const [me, song, list, loggedOut, refused, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(more).toEqual([]);
    expect(me).toMatchObject({ data: { name: 'Ada Lovelace', role: 'user', status: 'active' } });
    expect(song).toMatchObject({ data: { title: 'City Lights', isrc: 'USRC12345678' } });
    expect(list).toMatchObject({ data: [{ name: 'The Midnight Collective' }], meta: { totalCount: 1 } });
    expect(loggedOut).toEqual({ message: 'You have logged out', data: null });
    expect(refused).toMatchObject({ statusCode: 401, code: 'invalid_token' });
  });
});

describe('what README.md says', () => {
  it('of the settings is what the server reads: every name, every default', async () => {
    const documented = new Map<string, string>();
    for (const [, names = '', defaults = ''] of (await read('README.md')).matchAll(
      /^\| (`[A-Z][^|]*) \| ([^|]*) \|/gm,
    )) {
      const values = defaults.split(', ').map((value) => value.replaceAll('`', ''));
      names.split(', ').forEach((name, i) => documented.set(name.replaceAll('`', ''), values[i] ?? values[0] ?? ''));
    }
    const asked = new Set<string>();
    const unset: Record<string, string | undefined> = new Proxy(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          return undefined;
        },
      },
    );
    const defaults = readConfig(unset);
    // Those of the OpenTelemetry standard are described in docs/operations.md.
    const ours = [...asked].filter((name) => !name.startsWith('OTEL_'));
    expect([...documented.keys()].sort()).toEqual(ours.sort());
    // Set to what is documented, the server reads just what it reads unset.
    const env = Object.fromEntries([...documented].map(([name, value]) => [name, value === 'none' ? '' : value]));
    expect(readConfig(env)).toEqual(defaults);
  });

  it('names files that are there, and commands that package.json has', async () => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    for (const document of ['README.md', 'docs/operations.md', 'CONTRIBUTING.md']) {
      const text = await read(document);
      for (const [, path = ''] of text.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
        await expect(readFile(resolve(PROJECT, document, '..', path)), `${document}: ${path}`).resolves.toBeDefined();
      }
      for (const [, name = ''] of text.matchAll(/npm run ([\w:]+)/g)) expect(scripts, document).toHaveProperty([name]);
    }
    expect(scripts).toHaveProperty('start');
    expect(scripts).toHaveProperty('test');
  });
});
