import { defineConfig } from 'vitest/config';

/** One more than the cores of a small machine: tests wait for password hashes and for time-outs. */
const WORKERS = 3;

/** Of a worker that runs many files: short-lived objects die in a young generation that has room for them. */
const execArgv = ['--max-semi-space-size=64'];

/** Tests that run the app in the worker. Their files share the worker: its modules and its embedded database. */
const APP = {
  globalSetup: ['test/support/global-setup.ts'],
  setupFiles: ['reflect-metadata'],
  isolate: false,
  execArgv,
  // Each holds an embedded database, which takes about 430 MB.
  maxWorkers: WORKERS,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    pool: 'forks',
    coverage: { include: ['src/**'] },
    restoreMocks: true,
    // A busy machine takes its time; a condition that never holds fails in the end.
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      {
        extends: true,
        test: {
          ...APP,
          name: 'app',
          include: ['test/{architecture,contracts,medium}/**/*.test.ts'],
        },
      },
      // What multiplies, such as every route by every caller, or uses up a limit, takes minutes: npm run test:exhaustive.
      {
        extends: true,
        test: { ...APP, name: 'exhaustive', include: ['test/{conformance,exhaustive}/**/*.test.ts'] },
      },
      { extends: true, test: { ...APP, name: 'browser', include: ['test/browser/**/*.test.ts'] } },
      // These need PostgreSQL's programs, npm's registry, or minutes: npm run test:process, test:generators, test:cluster,
      // test:faults, test:failover.
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/{process,generators,cluster,faults,failover}/**/*.test.ts'],
          globalSetup: ['test/support/built-server-setup.ts'],
          // Each starts several processes. The others go on while one waits, for a lease or a server that starts.
          maxWorkers: 2,
          // After the others, which have another number of workers.
          sequence: { groupOrder: 1 },
          // A thousand logouts on three servers, or npm, take their time on a busy machine.
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.spec.ts', 'client/test/**/*.test.ts'],
          setupFiles: ['reflect-metadata'],
          isolate: false,
          execArgv,
          maxWorkers: WORKERS,
          // On a busy machine the default of 5 s is too short for the tests that try every letter.
          testTimeout: 60_000,
        },
      },
    ],
  },
});
