import { randomBytes } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import argon2 from 'argon2';
import { createDatabase, emailOf, fill, refreshTokenOf, tableSizes } from './database.js';
import { toTable, writeResults } from './report.js';
import { type Bench, purgeRow, type Row, startRows, WORKS } from './rows.js';
import { type Server, startServer } from './servers.js';
import { readSettings } from './settings.js';

const settings = readSettings(process.env, process.argv.slice(2));
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const PEOPLE = 100;
const password = `Bench-${randomBytes(9).toString('base64url')}!`;
const admin = { email: 'root@bench.example', password: `Root-${randomBytes(9).toString('base64url')}!` };

const database = await createDatabase(settings.serverUrl);
const running = new Set<Server>();
const keep = (server: Server): Server => {
  running.add(server);
  return server;
};

const stagedoorEnv = {
  DATABASE_URL: database.url,
  APP_SECRET: randomBytes(48).toString('base64url'),
  RATE_LIMIT_ENABLED: 'false',
  HASH_CONCURRENCY: String(settings.hashConcurrency),
  SUPER_ADMIN_EMAIL: admin.email,
  SUPER_ADMIN_PASSWORD: admin.password,
};
const startStagedoor = async (env: Record<string, string> = {}, nodeArgs: string[] = []): Promise<Server> =>
  keep(
    await startServer({
      name: 'Stagedoor',
      args: [...nodeArgs, here('../dist/main.js')],
      env: { ...stagedoorEnv, ...env },
      readyPath: '/health/ready',
    }),
  );

async function call<T>(server: Server, path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { data: T }).data;
}

const rows: Row[] = [];
function done(row: Row): void {
  rows.push(row);
  say(`${row.isMet ? 'met   ' : 'MISSED'} ${row.measured.toFixed(2)} (${row.goal})  ${row.work}`);
}

try {
  say(
    `Filling a database: ${settings.users} users, ${settings.artists} artists, ${settings.expiredSessions} expired sessions`,
  );
  await (await startStagedoor()).stop();
  const passwordHash = await argon2.hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  await fill(database, settings, passwordHash);
  const sizes = await tableSizes(database);

  if (settings.only === '') for (const row of await startRows(settings, () => startStagedoor())) done(row);

  const profiling = settings.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${settings.profileDir}`];
  const stagedoor = await startStagedoor({}, profiling);
  const floor = keep(
    await startServer({
      name: 'the floor',
      args: [here('floor.js')],
      env: {
        DATABASE_URL: database.url,
        HASH_CONCURRENCY: String(settings.hashConcurrency),
        JWKS_URL: `${stagedoor.url}/.well-known/jwks.json`,
        PASSWORD_HASH: passwordHash,
      },
      readyPath: '/health/live',
    }),
  );
  const people = Array.from({ length: PEOPLE }, (_, i) => i + 1);
  const tokens: string[] = [];
  const apiKeys: string[] = [];
  for (const n of people) {
    const { token } = await call<{ token: string }>(stagedoor, '/api/auth/refresh', {
      refreshToken: refreshTokenOf(n),
    });
    const authorization = `Bearer ${token}`;
    const key = await call<{ apiKey: string }>(stagedoor, '/api/auth/keys', {}, { authorization });
    tokens.push(token);
    apiKeys.push(key.apiKey);
  }
  await call(stagedoor, '/api/auth/login', { email: emailOf(1), password });
  const { token: adminToken } = await call<{ token: string }>(stagedoor, '/api/auth/login', admin);
  const bench: Bench = { settings, database, stagedoor, floor, password, adminToken, tokens, apiKeys };

  for (const { work, comparedWith, run } of WORKS) {
    if (work.includes(settings.only)) done({ work, comparedWith, ...(await run(bench)) });
  }
  if (settings.only === '' || settings.only === 'purge') {
    const startPurging = (at: Date): Promise<Server> =>
      startStagedoor({ REFRESH_TOKEN_PURGE_CRON: `${at.getSeconds()} ${at.getMinutes()} * * * *` });
    done(await purgeRow(bench, startPurging));
  }

  const [load = 0] = loadavg();
  process.stdout.write(`${toTable(rows)}\n\n${JSON.stringify(sizes)}\n`);
  if (settings.only === '') say(`Written to ${writeResults(here('../bench/results'), settings, rows, sizes)}`);
  say(`Load average at the end ${load.toFixed(1)} on ${availableParallelism()} cores.`);
} finally {
  for (const server of running) await server.stop();
  await database.drop();
}
