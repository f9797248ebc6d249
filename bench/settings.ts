import { availableParallelism } from 'node:os';

/** The size and duration of a run. Everything else is fixed. */
export interface Settings {
  /** Where the benchmark creates its database, and drops it at the end. */
  readonly serverUrl: string;
  readonly users: number;
  readonly artists: number;
  readonly expiredSessions: number;
  /** Seconds of one measurement. */
  readonly seconds: number;
  /** Measurements of each server per row. */
  readonly rounds: number;
  readonly connections: number;
  /** Seconds of mixed load during which memory is watched. */
  readonly soakSeconds: number;
  /** Concurrent password hashes, on both sides. */
  readonly hashConcurrency: number;
  /** Runs only the rows whose work contains this string. */
  readonly only: string;
  /** Folder for Stagedoor's `--cpu-prof`. Absent: no profile. */
  readonly profileDir: string | undefined;
}

/**
 * Reads `DATABASE_URL`, `BENCH_SCALE` (1: 100,000 users, 1,000,000 artists, 1,000,000 expired sessions),
 * `BENCH_SECONDS`, `BENCH_ROUNDS`, `BENCH_SOAK_SECONDS`, `BENCH_CONNECTIONS`, `BENCH_ONLY`, `BENCH_PROFILE_DIR`;
 * `--quick` is a smoke run.
 */
export function readSettings(env: NodeJS.ProcessEnv, args: readonly string[]): Settings {
  const quick = args.includes('--quick');
  const number = (name: string, preset: number): number => {
    const value = Number(env[name] || preset);
    if (!(value > 0)) throw new Error(`${name} must be a positive number`);
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
    soakSeconds: number('BENCH_SOAK_SECONDS', quick ? 20 : 600),
    hashConcurrency: availableParallelism(),
    only: env['BENCH_ONLY'] ?? '',
    profileDir: env['BENCH_PROFILE_DIR'],
  };
}
