import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from 'autocannon';
import { emailOf, refreshTokenOf } from './database.js';
import { drive, median } from './drive.js';
import type { Bench, Row } from './rows.js';
import type { Server } from './servers.js';

/** Requests a second, which one core serves with ease: the row measures memory, not throughput. */
const RATE = 150;
const SAMPLE_MS = 1000;
/** Seconds. A machine that stalls for a while must not end the soak. */
const TIMEOUT = 60;
/** What the garbage of one collection more or less makes. */
const NOISE_MIB = 10;

interface Sample {
  readonly seconds: number;
  readonly residentMib: number;
  readonly heapMib: number;
}

/** The memory of a server that serves reads, writes, refreshes and logins for a while. It has to serve metrics. */
export async function soakRow(bench: Bench, server: Server): Promise<Row> {
  const { soakSeconds: seconds, connections } = bench.settings;
  const load = drive(server, mixed(bench), { seconds, connections, rate: RATE, timeout: TIMEOUT });
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const since = (): number => (performance.now() - startedAt) / 1000;
  while (since() < seconds - SAMPLE_MS / 1000) {
    await Promise.race([pause(SAMPLE_MS), load]);
    samples.push({
      seconds: since(),
      residentMib: server.memoryMib() ?? Number.NaN,
      heapMib: await heapMibOf(server),
    });
  }
  const turn = await load;
  // Caches fill during the first tenth.
  const [start, middle, end] = [0.1, 0.45, 0.85].map((from) => part(samples, seconds, from));
  if (!start || !middle || !end) throw new Error('There is no sample of a part of the soak');
  const lines = [start, middle, end];
  const resident = lines.map(({ residentMib }) => residentMib.toFixed(0)).join(', ');
  const heap = lines.map(({ heapMib }) => heapMib.toFixed(0)).join(', ');
  const late = samples.filter((sample) => sample.seconds > seconds / 2);
  const measured = end.residentMib - middle.residentMib;
  return {
    work: `mixed load for ${seconds} s, memory at its end`,
    comparedWith:
      `at its middle; MiB at start, middle, end: ${resident} resident, ${heap} live heap; ` +
      `slope of the second half ${slope(late).toFixed(2)} MiB a minute`,
    goal: `≤ ${NOISE_MIB} MiB more`,
    measured,
    isMet: measured <= NOISE_MIB,
    stagedoor: [turn],
  };
}

/** In a hundred requests 50 profiles, 30 lists by key, 10 refreshes, 8 new artists and 2 logins. */
function mixed({ tokens, apiKeys, password }: Bench): Request[] {
  const headers = (token: string): Record<string, string> => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  });
  const post = (path: string, body: object, token = ''): Request => ({
    method: 'POST',
    path,
    headers: headers(token),
    body: JSON.stringify(body),
  });
  return tokens.map((token, i): Request => {
    const kind = i % 50;
    if (kind < 25) return { path: '/api/users/me', headers: headers(token) };
    if (kind < 40) return { path: '/api/artists?size=10', headers: { 'x-api-key': apiKeys[i] ?? '' } };
    if (kind < 45) return post('/api/auth/refresh', { refreshToken: refreshTokenOf(i + 1) });
    if (kind < 49) return post('/api/artists', { name: `Soak ${i}` }, token);
    return post('/api/auth/login', { email: emailOf(i + 1), password });
  });
}

async function heapMibOf({ url }: Server): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const [, bytes] = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await response.text()) ?? [];
  return Number(bytes) / 2 ** 20;
}

/** A part of the soak, 15 % long: the median of resident memory, and the smallest heap, which is what lives. */
function part(samples: readonly Sample[], seconds: number, from: number): Omit<Sample, 'seconds'> | undefined {
  const own = samples.filter((sample) => sample.seconds >= seconds * from && sample.seconds < seconds * (from + 0.15));
  if (own.length === 0) return undefined;
  return {
    residentMib: median(own.map(({ residentMib }) => residentMib)),
    heapMib: Math.min(...own.map(({ heapMib }) => heapMib)),
  };
}

/** Of the line through resident memory with the least squares, in MiB a minute. */
function slope(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [middle, level] = [mean(({ seconds }) => seconds), mean(({ residentMib }) => residentMib)];
  const together = mean(({ seconds, residentMib }) => (seconds - middle) * (residentMib - level));
  return (together / mean(({ seconds }) => (seconds - middle) ** 2)) * 60;
}
