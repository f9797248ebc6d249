import { type Agent, Agent as HttpAgent, request } from 'node:http';
import { drive, median, type Turn } from './drive.js';
import type { Bench, Row } from './rows.js';

/** Just below the limits: 16,384 bytes of headers, 8,192 characters of URL, 102,400 bytes of body. */
const HEADER_BYTES = 14_500;
const QUERY_CHARACTERS = 7900;
const BODY_BYTES = 102_000;

/** Requests of each kind, enough for a processor time that the system counts in hundredths of a second. */
const REQUESTS = 50;
const CONNECTIONS = 10;
const CPU_GOAL_MS = 20;
const LIVE_GOAL_MS = 50;

interface Attack {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const login = (body: string): Attack => ({
  method: 'POST',
  path: '/api/auth/login',
  headers: { 'content-type': 'application/json' },
  body,
});

/** What used to be dear, and its siblings. None of it makes the server hash a password. */
const ATTACKS: readonly Attack[] = [
  { method: 'GET', path: '/.well-known/jwks.json', headers: { accept: `a/b${' '.repeat(HEADER_BYTES)}x` } },
  { method: 'GET', path: '/.well-known/jwks.json', headers: { 'if-none-match': `"a"${' '.repeat(HEADER_BYTES)}x` } },
  { method: 'GET', path: '/api/users/me', headers: { authorization: `Bearer ${'a.'.repeat(HEADER_BYTES / 2)}` } },
  { method: 'GET', path: `/api/artists?q=${'%CC%81'.repeat(QUERY_CHARACTERS / 6)}` },
  { method: 'GET', path: `/api/artists?${'a=&'.repeat(QUERY_CHARACTERS / 3)}` },
  login(`{"email":"a${'\u0301'.repeat(BODY_BYTES / 4)}${'\u0323'.repeat(BODY_BYTES / 5)}@x.co","password":"x"}`),
  login('['.repeat(BODY_BYTES)),
  login(`{${Array.from({ length: BODY_BYTES / 12 }, (_, i) => `"f${i}":1`).join()}}`),
  login(`{"x":[${'{},'.repeat(BODY_BYTES / 3 - 10)}0]}`),
  login(`{"email":${'9'.repeat(BODY_BYTES - 20)}}`),
];

/** The processor time of an answer to hostile input, and what others notice of ten connections that send it. */
export async function hostileRows(bench: Bench): Promise<Row[]> {
  const agent = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    return [await cpuRow(bench, agent), await liveRow(bench, agent)];
  } finally {
    agent.destroy();
  }
}

async function cpuRow({ stagedoor }: Bench, agent: Agent): Promise<Row> {
  const perAnswer: number[] = [];
  for (const attack of ATTACKS) {
    const before = stagedoor.cpuSeconds() ?? Number.NaN;
    for (let i = 0; i < REQUESTS; i++) await send(stagedoor.url, attack, agent);
    perAnswer.push((((stagedoor.cpuSeconds() ?? Number.NaN) - before) / REQUESTS) * 1000);
  }
  const measured = Math.max(...perAnswer);
  return {
    work: 'the most expensive response to hostile input',
    comparedWith: 'milliseconds of processor time',
    goal: `≤ ${CPU_GOAL_MS} ms`,
    measured,
    isMet: measured <= CPU_GOAL_MS,
  };
}

async function liveRow({ settings, stagedoor }: Bench, agent: Agent): Promise<Row> {
  const load = { seconds: settings.seconds, connections: 4, rate: 100 };
  const live = [{ path: '/health/live' }];
  const [during, without]: [Turn[], Turn[]] = [[], []];
  for (let round = 0; round < settings.rounds; round++) {
    without.push(await drive(stagedoor, live, load));
    let isOver = false;
    const connection = async (first: number): Promise<void> => {
      for (let i = first; !isOver; i++) await send(stagedoor.url, ATTACKS[i % ATTACKS.length] ?? login(''), agent);
    };
    const attack = Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => connection(i)));
    during.push(await drive(stagedoor, live, load));
    isOver = true;
    await attack;
  }
  const measured = median(during.map(({ p99Ms }) => p99Ms));
  return {
    work: `GET /health/live beside ${CONNECTIONS} connections with hostile input`,
    comparedWith: 'without, p99',
    goal: `≤ ${LIVE_GOAL_MS} ms`,
    measured,
    isMet: measured <= LIVE_GOAL_MS,
    stagedoor: during,
    other: without,
  };
}

/** Resolves when the answer has arrived, whatever it is. @throws the error of a connection that was closed instead */
function send(base: string, { method, path, headers, body }: Attack, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(base + path, { method, headers: { ...headers }, agent }, (answer) => {
      answer.resume().on('end', resolve);
    });
    sent.on('error', reject).end(body);
  });
}
