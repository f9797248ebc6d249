import { performance } from 'node:perf_hooks';
import autocannon, { type Request } from 'autocannon';
import type { Server } from './servers.js';

/** One measurement of one server. */
export interface Turn {
  /** Responses a second. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuSecondsPer1000: number | undefined;
  readonly memoryMib: number | undefined;
}

export interface Load {
  readonly seconds: number;
  readonly connections: number;
  /** Requests a second. Absent: each connection sends the next one as soon as it has the response. */
  readonly rate?: number;
  /** Seconds within which a response has to arrive. Absent: 10. */
  readonly timeout?: number;
}

/** Load on each server before anything is measured. */
const WARM_UP_SECONDS = 1.5;

/**
 * Generates load from this process. Every response has to be a 2xx: errors are fast and would raise the rate.
 * @throws {Error} when one was not
 */
export async function drive(server: Server, requests: readonly Request[], load: Load): Promise<Turn> {
  const cpuBefore = server.cpuSeconds();
  const times: number[] = [];
  const startedAt = performance.now();
  let lastAt = startedAt;
  const run = autocannon({
    url: server.url,
    connections: load.connections,
    duration: load.seconds,
    sampleInt: 100,
    ...(load.rate && { overallRate: load.rate }),
    ...(load.timeout && { timeout: load.timeout }),
    requests: [...requests],
  });
  void run.on('response', (_client, _statusCode, _bytes, milliseconds) => {
    times.push(milliseconds);
    lastAt = performance.now();
  });
  const result = await run;
  if (result.non2xx + result.errors + result.timeouts > 0) {
    const { errors, timeouts, statusCodeStats } = result;
    throw new Error(
      `Not every response of ${server.name} was a 2xx: ${JSON.stringify({ errors, timeouts, statusCodeStats })}`,
    );
  }
  const cpuAfter = server.cpuSeconds();
  times.sort((a, b) => a - b);
  return {
    rate: times.length / ((lastAt - startedAt) / 1000),
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    cpuSecondsPer1000:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) / times.length) * 1000,
    memoryMib: server.memoryMib(),
  };
}

export interface Side {
  readonly server: Server;
  readonly requests: readonly Request[];
}

/** Measures two sides in turn, A B A B, so that a change of the machine's speed affects both. */
export async function inTurn(a: Side, b: Side, load: Load, rounds: number): Promise<[Turn[], Turn[]]> {
  for (const { server, requests } of [a, b]) await drive(server, requests, { ...load, seconds: WARM_UP_SECONDS });
  const turns: [Turn[], Turn[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    turns[0].push(await drive(a.server, a.requests, load));
    turns[1].push(await drive(b.server, b.requests, load));
  }
  return turns;
}

/** Of sorted numbers. */
export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export function median(numbers: readonly number[]): number {
  return quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  );
}
