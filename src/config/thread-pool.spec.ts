import { describe, expect, it } from 'vitest';
import { availableCores } from './available-cores.js';
import { sizeThreadPool, threadPoolSize, threadsNeeded } from './thread-pool.js';

function sizedWith(env: NodeJS.ProcessEnv): string | undefined {
  sizeThreadPool(env);
  return env['UV_THREADPOOL_SIZE'];
}

describe('the size of the thread pool', () => {
  it.each([
    [{ HASH_CONCURRENCY: '8' }, '12'],
    [{ HASH_CONCURRENCY: ' 1 ', UV_THREADPOOL_SIZE: '' }, '5'],
    [{ HASH_CONCURRENCY: '' }, String(availableCores() + 4)],
    // The start refuses it later, with every other problem.
    [{ HASH_CONCURRENCY: 'many' }, String(availableCores() + 4)],
  ])('leaves four threads to other work, with %j: %s', (env, size) => {
    expect(sizedWith(env)).toBe(size);
  });

  it('is left to the operator who sets UV_THREADPOOL_SIZE', () => {
    expect(sizedWith({ HASH_CONCURRENCY: '8', UV_THREADPOOL_SIZE: '3' })).toBe('3');
  });

  it.each([
    [undefined, 4],
    ['12', 12],
    ['12 threads', 12],
    ['', 1],
    ['many', 1],
    ['0', 1],
  ])('is read as libuv reads it, from %j: %i', (value, size) => {
    expect(threadPoolSize({ UV_THREADPOOL_SIZE: value })).toBe(size);
  });

  it('suffices as it is sized', () => {
    const env = { HASH_CONCURRENCY: '7' };
    sizeThreadPool(env);
    expect(threadPoolSize(env)).toBe(threadsNeeded(7));
  });
});
