import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    globalSetup: ['test/support/built-server-setup.ts'],
    pool: 'forks',
    // Each has servers and a PostgreSQL of its own.
    fileParallelism: false,
    testTimeout: 180_000,
    // A shared runner stalls for seconds at times. A fault of ours fails twice; the first failure stays in the output.
    retry: process.env['CI'] ? 1 : 0,
    hookTimeout: 120_000,
  },
});
