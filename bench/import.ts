import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { drive, median, type Turn } from './drive.js';
import type { Server } from './servers.js';
import type { Bench, Row } from './rows.js';

/** Other requests a second meanwhile. */
const BESIDE_RATE = 100;
const MEMORY_GOAL_MIB = 50;
const P99_GOAL_MS = 200;

/** Compares reads before and during an import of as many users as the database began with. */
export async function importRows({ settings, stagedoor, tokens }: Bench, adminToken: string): Promise<Row[]> {
  const requests = tokens.map((token) => ({ path: '/api/users/me', headers: { authorization: `Bearer ${token}` } }));
  const load = { seconds: settings.seconds, connections: 4, rate: BESIDE_RATE };
  const without = [await drive(stagedoor, requests, load)];
  const during: Turn[] = [];
  let isRunning = true;
  const upload = importUsers(stagedoor.url, adminToken, settings.users).finally(() => (isRunning = false));
  while (isRunning) during.push(await drive(stagedoor, requests, load));
  await upload;
  const work = `POST /api/users/import, ${settings.users} users`;
  const growth = Math.max(...during.map(({ memoryMib }) => memoryMib ?? 0)) - (without[0]?.memoryMib ?? 0);
  const p99 = median(during.map(({ p99Ms }) => p99Ms));
  const sides = { stagedoor: during, other: without };
  return [
    {
      work: `${work}: memory`,
      comparedWith: 'before',
      goal: `≤ ${MEMORY_GOAL_MIB} MiB more`,
      measured: growth,
      isMet: growth <= MEMORY_GOAL_MIB,
      ...sides,
    },
    {
      work: `${work}: GET /api/users/me meanwhile`,
      comparedWith: 'without, p99',
      goal: `≤ ${P99_GOAL_MS} ms`,
      measured: p99,
      isMet: p99 <= P99_GOAL_MS,
      ...sides,
    },
  ];
}

/** @throws {Error} unless every user was created */
async function importUsers(url: string, token: string, count: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
  const upload = request(`${url}/api/users/import`, { method: 'POST', headers });
  Readable.from(lines(count)).pipe(upload);
  const [response] = (await once(upload, 'response')) as [Readable];
  const answer = await text(response);
  if (!answer.includes(`"done":true,"created":${count},`))
    throw new Error(`The import ended with ${answer.slice(-200)}`);
}

function* lines(count: number): Generator<string> {
  for (let n = 1; n <= count; n++) {
    const user = { email: `imported${n}@bench.example`, name: 'Imported User', passwordHash: BCRYPT };
    yield `${JSON.stringify(user)}\n`;
  }
}

const BCRYPT = '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';

/** Artists of one import of {@link catalogueRow}. */
const CATALOGUE_LINES = 10_000;
const CATALOGUE_SHARE = 0.5;

/** Compares imports of new artists with a server that only inserts what it is sent, and reads meanwhile with those without. */
export async function catalogueRows({ settings, stagedoor, floor, tokens }: Bench): Promise<Row[]> {
  const [token = ''] = tokens;
  const turns: [Turn[], Turn[]] = [[], []];
  const requests = tokens.map((one) => ({ path: '/api/users/me', headers: { authorization: `Bearer ${one}` } }));
  const load = { seconds: settings.seconds, connections: 4, rate: BESIDE_RATE };
  const during: Turn[] = [];
  await importArtists(stagedoor, token, 'warm-up', CATALOGUE_LINES / 10);
  await importArtists(floor, token, 'warm-up-floor', CATALOGUE_LINES / 10);
  const without = [await drive(stagedoor, requests, load)];
  for (let round = 0; round < settings.rounds; round++) {
    turns[0].push(await importArtists(stagedoor, token, `round-${round}`, CATALOGUE_LINES));
    turns[1].push(await importArtists(floor, token, `floor-${round}`, CATALOGUE_LINES));
    let isRunning = true;
    const upload = importArtists(stagedoor, token, `beside-${round}`, CATALOGUE_LINES).finally(
      () => (isRunning = false),
    );
    while (isRunning) during.push(await drive(stagedoor, requests, load));
    await upload;
  }
  const work = `POST /api/catalogue/import, ${CATALOGUE_LINES} artists`;
  const share = median(turns[0].map(({ rate }, i) => rate / (turns[1][i]?.rate ?? rate)));
  const memory = [...turns[0], ...during].map(({ memoryMib }) => memoryMib ?? 0);
  const growth = Math.max(...memory) - (without[0]?.memoryMib ?? 0);
  const p99 = median(during.map(({ p99Ms }) => p99Ms));
  return [
    {
      work: `${work}: lines a second`,
      comparedWith: 'floor: batched inserts',
      goal: `≥ ${CATALOGUE_SHARE}`,
      measured: share,
      isMet: share >= CATALOGUE_SHARE,
      stagedoor: turns[0],
      other: turns[1],
    },
    {
      work: `${work}: memory`,
      comparedWith: 'before',
      goal: `≤ ${MEMORY_GOAL_MIB} MiB more`,
      measured: growth,
      isMet: growth <= MEMORY_GOAL_MIB,
      stagedoor: during,
      other: without,
    },
    {
      work: `${work}: GET /api/users/me meanwhile`,
      comparedWith: 'without, p99',
      goal: `≤ ${P99_GOAL_MS} ms`,
      measured: p99,
      isMet: p99 <= P99_GOAL_MS,
      stagedoor: during,
      other: without,
    },
  ];
}

/** @throws {Error} unless every artist was created */
async function importArtists(server: Server, token: string, run: string, count: number): Promise<Turn> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' };
  const [startedAt, cpuBefore] = [performance.now(), server.cpuSeconds()];
  const upload = request(`${server.url}/api/catalogue/import`, { method: 'POST', headers });
  Readable.from(artistLines(run, count)).pipe(upload);
  const [response] = (await once(upload, 'response')) as [Readable];
  const answer = await text(response);
  if (!answer.includes(`"done":true,"created":${count},`)) {
    throw new Error(`The import of ${server.name} ended with ${answer.slice(-200)}`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = server.cpuSeconds();
  return {
    rate: count / seconds,
    p50Ms: (seconds / count) * 1000,
    p99Ms: (seconds / count) * 1000,
    cpuSecondsPer1000:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) / count) * 1000,
    memoryMib: server.memoryMib(),
  };
}

function* artistLines(run: string, count: number): Generator<string> {
  for (let n = 1; n <= count; n++) {
    const artist = {
      name: `The Midnight Collective No. ${n}`,
      aliases: [`Midnight ${n}`],
      identifiers: [{ type: 'x-bench', value: `${run}-${n}` }],
    };
    yield `${JSON.stringify(artist)}\n`;
  }
}
