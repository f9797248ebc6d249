import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from 'autocannon';
import { type BenchDatabase, emailOf, refreshTokenOf } from './database.js';
import { drive, inTurn, type Load, median, type Side, type Turn } from './drive.js';
import type { Server } from './servers.js';
import type { Settings } from './settings.js';

/** One row of the table: a kind of work, what it is compared with, and whether the goal is met. */
export interface Row {
  readonly work: string;
  readonly comparedWith: string;
  readonly goal: string;
  /** What the goal limits: usually Stagedoor's rate divided by the floor's. */
  readonly measured: number;
  readonly isMet: boolean;
  /** Absent where no load was generated. */
  readonly stagedoor?: readonly Turn[];
  readonly other?: readonly Turn[];
}

/** What every row is measured with. */
export interface Bench {
  readonly settings: Settings;
  readonly database: BenchDatabase;
  readonly stagedoor: Server;
  readonly floor: Server;
  readonly password: string;
  readonly adminToken: string;
  /** Access tokens and API keys of different users, so that responses are not all the same row. */
  readonly tokens: readonly string[];
  readonly apiKeys: readonly string[];
}

interface Work {
  readonly work: string;
  readonly comparedWith: string;
  readonly run: (bench: Bench) => Promise<Omit<Row, 'work' | 'comparedWith'>>;
}

const json = { 'content-type': 'application/json' };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const post = (path: string, body: object): Request => ({
  method: 'POST',
  path,
  headers: json,
  body: JSON.stringify(body),
});

/** The median of the ratios of each pair of turns, which ran right after one another. */
function ratio(turns: readonly [readonly Turn[], readonly Turn[]], of: (turn: Turn) => number = (t) => t.rate): number {
  return median(turns[0].map((turn, i) => of(turn) / of(turns[1][i] ?? turn)));
}

/** Sends the same requests to Stagedoor and to the floor. The goal is a share of the floor's rate. */
function againstFloor(
  work: string,
  comparedWith: string,
  atLeast: number,
  requests: (bench: Bench) => readonly Request[],
): Work {
  return {
    work,
    comparedWith,
    run: async (bench) => {
      const { settings, stagedoor, floor } = bench;
      const side = (server: Server): Side => ({ server, requests: requests(bench) });
      const turns = await inTurn(side(stagedoor), side(floor), settings, settings.rounds);
      const measured = ratio(turns);
      return { goal: `≥ ${atLeast}`, measured, isMet: measured >= atLeast, stagedoor: turns[0], other: turns[1] };
    },
  };
}

/** Sends two kinds of requests to Stagedoor. The goal is how much longer the first may take. */
async function againstItself(
  { settings, stagedoor }: Bench,
  requests: readonly Request[],
  others: readonly Request[],
  atMost: number,
  time: (turn: Turn) => number,
  load: Load,
): Promise<Omit<Row, 'work' | 'comparedWith'>> {
  const turns = await inTurn(
    { server: stagedoor, requests },
    { server: stagedoor, requests: others },
    load,
    settings.rounds,
  );
  const measured = ratio(turns, time);
  return { goal: `≤ ${atMost} ×`, measured, isMet: measured <= atMost, stagedoor: turns[0], other: turns[1] };
}

/** Concurrent logins, many more than the hashing queue holds. */
const FLOOD = 500;
/** Other requests a second meanwhile. */
const BESIDE_RATE = 100;

let signUps = 0;

const DEPTH = 15_000;

export const WORKS: readonly Work[] = [
  againstFloor('GET /api/users/me, token', 'floor: signature check + one row by key', 0.75, ({ tokens }) =>
    tokens.map((token) => ({ path: '/api/users/me', headers: bearer(token) })),
  ),
  againstFloor('GET /api/artists (10 rows), API key', 'floor: hash look-up + the same page', 0.75, ({ apiKeys }) =>
    apiKeys.map((key) => ({ path: '/api/artists?size=10', headers: { 'x-api-key': key } })),
  ),
  againstFloor('POST /api/auth/refresh', 'floor: one statement + one ES256 signature', 0.6, ({ tokens }) =>
    tokens.map((_, i) => post('/api/auth/refresh', { refreshToken: refreshTokenOf(i + 1) })),
  ),
  againstFloor('POST /api/auth/login', 'floor: raw argon2 verifies', 0.9, ({ tokens, password }) =>
    tokens.map((_, i) => post('/api/auth/login', { email: emailOf(i + 1), password })),
  ),
  againstFloor('POST /api/auth/signup', 'floor: one insert + one hash', 0.9, ({ password }) => [
    {
      ...post('/api/auth/signup', {}),
      setupRequest: (request) => {
        const email = `new${++signUps}@bench.example`;
        return { ...request, body: JSON.stringify({ email, name: 'New Person', password }) };
      },
    },
  ]),
  againstFloor('GET /health/live', 'floor: bare Fastify "ok"', 0.6, () => [{ path: '/health/live' }]),
  {
    work: `GET /api/artists by cursor at page ${DEPTH}`,
    comparedWith: 'the same at page 1, time',
    run: async (bench) => {
      const { settings, stagedoor, adminToken } = bench;
      const after = async (page: number): Promise<Request> => {
        const response = await fetch(`${stagedoor.url}/api/artists?size=10&page=${page}`, {
          headers: bearer(adminToken),
        });
        const { meta } = (await response.json()) as { meta: { nextCursor: string } };
        return { path: `/api/artists?size=10&cursor=${meta.nextCursor}`, headers: bearer(adminToken) };
      };
      const deep = await after(Math.min(DEPTH, Math.floor(settings.artists / 10) - 2) - 1);
      return againstItself(bench, [deep], [await after(0)], 1.2, (turn) => 1 / turn.rate, settings);
    },
  },
  {
    work: 'GET /api/artists?q=, a part of the name',
    comparedWith: 'GET /api/artists/{id}, p99',
    run: async (bench) => {
      const { settings, database, adminToken } = bench;
      const rows = await database.query<{ id: string; name: string }>(
        'SELECT id, name FROM artists ORDER BY random() LIMIT 100',
      );
      const headers = bearer(adminToken);
      const search = rows.map(({ name }) => ({ path: `/api/artists?q=${name.slice(1, 8).toLowerCase()}`, headers }));
      const byId = rows.map(({ id }) => ({ path: `/api/artists/${id}`, headers }));
      // One at a time: the row measures how long one search takes.
      return againstItself(bench, search, byId, 5, (turn) => turn.p99Ms, { ...settings, connections: 1 });
    },
  },
  {
    work: 'GET /api/artists?q=, the whole name of the oldest',
    comparedWith: 'GET /api/artists/{id}, p99',
    run: async (bench) => {
      const { settings, database, adminToken } = bench;
      const [oldest] = await database.query<{ id: string; name: string }>(
        'SELECT id, name FROM artists ORDER BY created_at LIMIT 1',
      );
      if (!oldest) throw new Error('There are no artists');
      const headers = bearer(adminToken);
      const search = { path: `/api/artists?q=${encodeURIComponent(oldest.name)}`, headers };
      const byId = { path: `/api/artists/${oldest.id}`, headers };
      return againstItself(bench, [search], [byId], 5, (turn) => turn.p99Ms, { ...settings, connections: 1 });
    },
  },
  {
    work: 'GET /api/artists/{id}?id_type=, an identifier',
    comparedWith: 'GET /api/artists/{id}',
    run: async (bench) => {
      const { settings, database, stagedoor, adminToken } = bench;
      const rows = await database.query<{ id: string; value: string }>(
        'SELECT artist_id AS id, value FROM artist_identifiers ORDER BY random() LIMIT 100',
      );
      const headers = bearer(adminToken);
      const byIdentifier = rows.map(({ value }) => ({ path: `/api/artists/${value}?id_type=x-bench`, headers }));
      const byId = rows.map(({ id }) => ({ path: `/api/artists/${id}`, headers }));
      const turns = await inTurn(
        { server: stagedoor, requests: byIdentifier },
        { server: stagedoor, requests: byId },
        settings,
        settings.rounds,
      );
      const measured = ratio(turns);
      return { goal: '≥ 0.75', measured, isMet: measured >= 0.75, stagedoor: turns[0], other: turns[1] };
    },
  },
  floodRow('/health/live', () => ({})),
  floodRow('/api/artists', ({ apiKeys }) => ({ 'x-api-key': apiKeys[0] ?? '' })),
];

/** How long other requests take during a flood of logins (SECURITY 4). The goal is in milliseconds, not a ratio. */
function floodRow(path: string, headers: (bench: Bench) => Record<string, string>): Work {
  return {
    work: `GET ${path} during ${FLOOD} concurrent logins`,
    comparedWith: 'without, p99',
    run: async (bench) => {
      const { settings, stagedoor } = bench;
      const requests = [{ path, headers: headers(bench) }];
      const load = { seconds: 4, connections: 4, rate: BESIDE_RATE };
      const [during, without]: [Turn[], Turn[]] = [[], []];
      for (let round = 0; round < settings.rounds; round++) {
        without.push(await drive(stagedoor, requests, load));
        const flood = Promise.all(Array.from({ length: FLOOD }, (_, i) => logIn(bench, i)));
        during.push(await drive(stagedoor, requests, load));
        await flood;
      }
      const measured = median(during.map(({ p99Ms }) => p99Ms));
      return { goal: '≤ 200 ms', measured, isMet: measured <= 200, stagedoor: during, other: without };
    },
  };
}

/** One login of the flood: served, or refused with 503. */
async function logIn({ stagedoor, password, tokens }: Bench, i: number): Promise<void> {
  const response = await fetch(`${stagedoor.url}/api/auth/login`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ email: emailOf(1 + (i % tokens.length)), password }),
  });
  await response.arrayBuffer();
  if (!response.ok && response.status !== 503) throw new Error(`A login got ${response.status}`);
}

/** Refreshes a second during the purge, fewer than the machine can serve: the row measures latency, not throughput. */
const REFRESH_RATE = 200;

/** Seconds until the purge starts: enough to start a server, warm it up and measure it without the purge. */
const PURGE_AFTER_SECONDS = 12;

/** Compares refreshes before and during the purge of all expired sessions by the server that `startPurging` starts. */
export async function purgeRow(bench: Bench, startPurging: (at: Date) => Promise<Server>): Promise<Row> {
  const { settings, database, tokens } = bench;
  const requests = tokens.map((_, i) => post('/api/auth/refresh', { refreshToken: refreshTokenOf(i + 1) }));
  const load = { seconds: 4, connections: settings.connections, rate: REFRESH_RATE };
  const expired = async (): Promise<number> => {
    const [row] = await database.query<{ count: string }>('SELECT count(*) FROM sessions WHERE expires_at < $1', [
      startedAt,
    ]);
    return Number(row?.count);
  };
  const startedAt = new Date();
  const before = await expired();
  const purgeAt = new Date(startedAt.getTime() + PURGE_AFTER_SECONDS * 1000);
  const server = await startPurging(purgeAt);
  await drive(server, requests, { ...load, seconds: 2 });
  const without = await drive(server, requests, load);
  await pause(purgeAt.getTime() - Date.now());
  const turns: Turn[] = [];
  const began = performance.now();
  while ((await expired()) > 0 && performance.now() - began < 180_000) {
    turns.push(await drive(server, requests, load));
  }
  await server.stop();
  const left = await expired();
  const measured = median(turns.map((turn) => turn.p99Ms)) / without.p99Ms;
  return {
    work: `POST /api/auth/refresh during the purge of ${(before - left).toLocaleString('en')} expired sessions`,
    comparedWith: 'without the purge, p99',
    goal: '≤ 2 ×',
    measured,
    isMet: measured <= 2 && left === 0,
    stagedoor: turns,
    other: [without],
  };
}

/** The start on a migrated database, from process to ready, and the memory two seconds later. */
export async function startRows(settings: Settings, start: () => Promise<Server>): Promise<Row[]> {
  const starts: number[] = [];
  const idle: number[] = [];
  for (let round = 0; round < Math.max(3, settings.rounds); round++) {
    const server = await start();
    starts.push(server.readyAfterMs);
    await pause(2000);
    idle.push(server.memoryMib() ?? Number.NaN);
    await server.stop();
  }
  const [seconds, mib] = [median(starts) / 1000, median(idle)];
  return [
    { work: 'start to ready', comparedWith: 'seconds', goal: '≤ 1.5', measured: seconds, isMet: seconds <= 1.5 },
    { work: 'idle memory', comparedWith: 'MiB, resident', goal: '≤ 160', measured: mib, isMet: mib <= 160 },
  ];
}
