import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { ServerProcess } from '../support/server-process.js';

/** `.ci/run` runs this file with other versions of Node.js, whose loaders use the pool at other times. */
const NODE = process.env['TEST_NODE'] ?? process.execPath;
const BUSY_THREADS = resolve(import.meta.dirname, 'busy-threads.cjs');

let folder: string;
const started: ServerProcess[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-threads-'));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.signalGroup('SIGKILL');
    await server.ended;
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(env: Record<string, string>, ...command: string[]): ServerProcess {
  const server = ServerProcess.start({ DATA_DIR: join(folder, 'data'), ...env }, command);
  started.push(server);
  return server;
}

it('a look-up and a file get a thread of the pool while every hash that may run does', async () => {
  const server = start({ HASH_CONCURRENCY: '8' }, NODE, '--require', BUSY_THREADS, 'dist/start.cjs');
  await server.url();
  await server.says('The thread pool has 12 threads; password hashes use up to 8 of them');
  server.signal('SIGUSR2');
  await server.says('the name is looked up');
  await server.says('the file is read');
  expect(server.messages.filter((message) => message.includes('hash'))).toHaveLength(1);
});

it('the pool follows HASH_CONCURRENCY in the .env file', async () => {
  await writeFile(join(folder, '.env'), 'HASH_CONCURRENCY=3\n');
  const entry = join(inject('builtFolder'), 'dist/start.cjs');
  const server = start({}, 'sh', '-c', 'cd "$1" && exec "$2" "$3"', 'sh', folder, NODE, entry);
  await server.url();
  await server.says('The thread pool has 7 threads; password hashes use up to 3 of them');
});

it('a pool that an operator made too small is logged, and so is one that no one sized', async () => {
  const small = start({ HASH_CONCURRENCY: '2', UV_THREADPOOL_SIZE: '5' }, NODE, 'dist/start.cjs');
  await small.url();
  await small.says('The thread pool has 5 threads, and 6 are needed');
  await small.stop();
  const unsized = start({ HASH_CONCURRENCY: '2' }, NODE, 'dist/main.js');
  expect((await (await unsized.http()).get('/health/ready')).status).toBe(200);
  await unsized.says('The thread pool has 4 threads, and 6 are needed');
  expect(unsized.stderr).toBe('');
});
