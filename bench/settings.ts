import { availableParallelism } from 'node:os';

/** How large and how long a run is. Everything else is the same in every run. */
export interface Settings {
  /** Where the benchmark makes a database of its own, and drops it at the end. */
  readonly serverUrl: string;
  readonly users: number;
  readonly artists: number;
  readonly expiredSessions: number;
  /** Seconds that one server is driven at a time. */
  readonly seconds: number;
  /** How often each server has its turn. */
  readonly rounds: number;
  readonly connections: number;
  /** Password hashes at a time, on both sides. */
  readonly hashConcurrency: number;
  /** Runs only the rows whose work contains this text. */
  readonly only: string;
  /** Folder for `--cpu-prof` of Stagedoor; absent: not profiled. */
  readonly profileDir: string | undefined;
}

/**
 * Reads `DATABASE_URL`, `BENCH_SCALE` (1: 100,000 users, 1,000,000 artists, 1,000,000 expired sessions),
 * `BENCH_SECONDS`, `BENCH_ROUNDS`, `BENCH_CONNECTIONS`, `BENCH_ONLY`, `BENCH_PROFILE_DIR`; `--quick` is a smoke run.
 */
export function readSettings(env: NodeJS.ProcessEnv, args: readonly string[]): Settings {
  const quick = args.includes('--quick');
  const number = (name: string, preset: number): number => {
    const value = Number(env[name] || preset);
    if (!(value > 0)) throw new Error(`${name} must be a number above 0`);
    return value;
  };
  const scale = number('BENCH_SCALE', quick ? 0.01 : 1);
  return {
    serverUrl: env['DATABASE_URL'] || 'postgres://postgres@127.0.0.1:5432/postgres',
    users: Math.max(200, Math.round(100_000 * scale)),
    artists: Math.max(2_000, Math.round(1_000_000 * scale)),
    expiredSessions: Math.round(1_000_000 * scale),
    seconds: number('BENCH_SECONDS', quick ? 1 : 4),
    rounds: number('BENCH_ROUNDS', quick ? 2 : 3),
    connections: number('BENCH_CONNECTIONS', 16),
    hashConcurrency: Math.max(1, availableParallelism() - 1),
    only: env['BENCH_ONLY'] ?? '',
    profileDir: env['BENCH_PROFILE_DIR'],
  };
}
