import { availableCores } from './available-cores.js';
import { SettingsReader } from './settings-reader.js';

/** Threads for DNS look-ups, files and WebCrypto, besides those that hash: as many as Node.js has by default. */
const OTHER_THREADS = 4;
const DEFAULT_SIZE = 4;

export function readHashConcurrency(read: SettingsReader): number {
  return read.integer('HASH_CONCURRENCY', availableCores(), 1, 64);
}

/** Threads of libuv's pool with which password hashes leave enough for everything else. */
export function threadsNeeded(hashConcurrency: number): number {
  return hashConcurrency + OTHER_THREADS;
}

/**
 * Sizes libuv's thread pool by `HASH_CONCURRENCY`, unless `UV_THREADPOOL_SIZE` is set. Has no effect once the pool is in
 * use.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv): void {
  env['UV_THREADPOOL_SIZE'] ||= String(threadsNeeded(readHashConcurrency(new SettingsReader(env))));
}

/** The size of libuv's thread pool, as libuv reads `UV_THREADPOOL_SIZE` when the pool is first used. */
export function threadPoolSize(env: NodeJS.ProcessEnv = process.env): number {
  const size = env['UV_THREADPOOL_SIZE'];
  return size === undefined ? DEFAULT_SIZE : Number.parseInt(size, 10) || 1;
}
