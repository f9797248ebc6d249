import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS, OPEN } from '../architecture/access-table.js';
import { Findings } from '../support/findings.js';
import { HOSTILE, hostile, hostileBodies, hostileHeader } from '../support/hostile-input.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { ServerProcess } from '../support/server-process.js';

/** Just below the limits: 16,384 bytes of headers, 8,192 characters of URL, 102,400 bytes of body. */
const HEADER_BYTES = 14_500;
const QUERY_CHARACTERS = 7900;
const BODY_BYTES = 102_000;
const CLIENTS = 4;
const REFUSAL_BYTES_MAX = 20_000;
/** What is not configured here, and the queue of password hashes. */
const ALLOWED = [501, 503];

const HEADERS = ['accept', 'if-none-match', 'if-match', 'content-type', 'x-forwarded-for', 'x-api-key', 'traceparent'];
const ROOT = { email: 'root@example.com', password: 'Open-5esame-root' };

const findings = new Findings('Hostile input on every route');
let folder: string;
let server: ServerProcess;
let http: HttpClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-fuzz-'));
  server = ServerProcess.start({
    DATA_DIR: folder,
    RATE_LIMIT_ENABLED: 'false',
    TRUST_PROXY: 'true',
    SUPER_ADMIN_EMAIL: ROOT.email,
    SUPER_ADMIN_PASSWORD: ROOT.password,
  });
  http = await server.http();
});
afterAll(async () => {
  agent.destroy();
  server.signal('SIGKILL');
  await server.ended;
  await rm(folder, { recursive: true, force: true });
  findings.print();
});

const ROUTES = [...Object.keys(ACCESS), ...OPEN].filter((route) => !route.startsWith('OPTIONS')).sort();

/** The token of a SUPER_ADMIN, who gets past the guards of most routes. Some of them end the session. */
async function liveToken(known: string): Promise<string> {
  if (known !== '' && (await http.get('/api/users/me', { headers: bearer(known) })).status === 200) return known;
  const answer = await http.post('/api/auth/login', { json: ROOT });
  expect(answer.status, answer.text).toBe(200);
  return answer.body.data.token;
}

interface Attack {
  readonly what: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const BODIES = Object.entries(hostileBodies(BODY_BYTES));
const inQuery = (text: string): string => encodeURIComponent(text.toWellFormed()).slice(0, QUERY_CHARACTERS);

function attacksOn(method: string, turn: number): Attack[] {
  // Each route gets every body, and a third of the headers and queries: the parsers are the same for all routes.
  const mine = <T>(all: readonly T[]): T[] => all.filter((_, i) => i % 3 === turn % 3);
  const headers = HEADERS.flatMap((name) => HOSTILE.map((kind) => ({ name, kind })));
  const queries = HOSTILE.flatMap((kind) => ['q', 'page', 'cursor'].map((name) => ({ name, kind })));
  return [
    ...mine(headers).map(({ name, kind }) => ({
      what: `${name}: ${kind}`,
      headers: { [name]: hostileHeader(kind, HEADER_BYTES).toString('latin1') },
    })),
    ...mine(queries).map(({ name, kind }) => ({
      what: `${name} of ${kind} in the query`,
      query: `?${name}=${inQuery(hostile(kind, QUERY_CHARACTERS))}`,
    })),
    { what: 'many parameters', query: `?${'a=&'.repeat(QUERY_CHARACTERS / 3)}` },
    ...(method === 'GET' || method === 'HEAD'
      ? []
      : BODIES.map(([name, body]) => ({ what: `a body with ${name}`, headers: JSON_TYPE, body }))),
  ];
}

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

/** The status and the size of the answer; status 0 where the connection was closed instead. */
function send(route: string, attack: Attack, token: string): Promise<{ status: number; bytes: number }> {
  const [method = '', path = ''] = route.split(' ');
  const url = http.baseUrl + path.replace(/:[A-Za-z]+|\*/g, () => randomUUID()) + (attack.query ?? '');
  const headers = { authorization: `Bearer ${token}`, ...attack.headers };
  return new Promise((resolve) => {
    const sent = request(url, { method, headers, agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('close', () => resolve({ status: answer.statusCode ?? 0, bytes }));
    });
    sent.on('error', () => resolve({ status: 0, bytes: 0 }));
    sent.end(attack.body);
  });
}

describe('hostile input', () => {
  it('SECURITY 26: no route answers with more than 20 KB or with an undocumented 5xx', async () => {
    const statuses = new Map<number, number>();
    let largest = 0;
    const wrong: string[] = [];
    const attack = async (route: string, turn: number, token: string): Promise<void> => {
      for (const one of attacksOn(route.split(' ')[0] ?? '', turn)) {
        const { status, bytes } = await send(route, one, token);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 400) largest = Math.max(largest, bytes);
        const isTooLarge = status >= 400 && bytes > REFUSAL_BYTES_MAX;
        if (isTooLarge || (status >= 500 && !ALLOWED.includes(status))) {
          wrong.push(`${route}, ${one.what}: ${status}, ${bytes} bytes`);
        }
      }
    };
    const waiting = [...ROUTES.entries()];
    const client = async (): Promise<void> => {
      let token = '';
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        token = await liveToken(token);
        await attack(next[1], next[0], token);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const sent = [...statuses.values()].reduce((sum, count) => sum + count, 0);
    findings.note('routes, requests', `${ROUTES.length}, ${sent}`);
    findings.note('statuses', JSON.stringify(Object.fromEntries([...statuses].sort(([a], [b]) => a - b))));
    findings.note('the largest refusal', `${largest} bytes`);
    expect(wrong).toEqual([]);
    expect(server.stderr).toBe('');
    expect((await http.get('/health/ready')).status).toBe(200);
  });
});
