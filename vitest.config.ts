import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts', 'test/**/*.test.ts'],
    // These take minutes and a PostgreSQL of their own: npm run test:cluster, npm run test:faults.
    exclude: ['node_modules/**', 'test/cluster/**', 'test/faults/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['reflect-metadata'],
    pool: 'forks',
    // An embedded database takes some 430 MB and a core while it starts.
    maxWorkers: 2,
    testTimeout: 30_000,
    // A shared runner stalls for seconds at times. A fault of ours fails twice; the first failure stays in the output.
    retry: process.env['CI'] ? 1 : 0,
    hookTimeout: 60_000,
  },
});
