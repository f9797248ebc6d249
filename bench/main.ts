import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import argon2 from 'argon2';
import { createDatabase, emailOf, fill, refreshTokenOf, tableSizes } from './database.js';
import { forgotRow } from './forgot.js';
import { hostileRows } from './hostile.js';
import { catalogueRows, importRows } from './import.js';
import { toTable, writeResults } from './report.js';
import { type Bench, purgeRow, type Row, startRows, WORKS } from './rows.js';
import { type Server, startServer, stopServers } from './servers.js';
import { readSettings } from './settings.js';
import { soakRow } from './soak.js';

const settings = readSettings(process.env, process.argv.slice(2));
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const USERS = 100;
const password = `Bench-${randomBytes(9).toString('base64url')}!`;
const admin = { email: 'root@bench.example', password: `Root-${randomBytes(9).toString('base64url')}!` };

const database = await createDatabase(settings.serverUrl);

let closing: Promise<void> | undefined;
/** Stops the servers and drops the database, once, however the run ends. */
function close(): Promise<void> {
  closing ??= stopServers().then(() => database.drop());
  return closing;
}

let isInterrupted = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // npm passes a Ctrl-C on that the terminal has sent already, so a second signal means nothing.
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    say(`${signal}: stopping the servers and dropping the database`);
    close().then(
      () => process.exit(code),
      (error: unknown) => {
        say(String(error));
        process.exit(code);
      },
    );
  });
}

const stagedoorEnv = {
  DATABASE_URL: database.url,
  APP_SECRET: randomBytes(48).toString('base64url'),
  RATE_LIMIT_ENABLED: 'false',
  HASH_CONCURRENCY: String(settings.hashConcurrency),
  SUPER_ADMIN_EMAIL: admin.email,
  SUPER_ADMIN_PASSWORD: admin.password,
};
function startStagedoor(env: Record<string, string> = {}, nodeArgs: string[] = []): Promise<Server> {
  return startServer({
    name: 'Stagedoor',
    // As `npm start` does.
    args: [...nodeArgs, '--max-semi-space-size=4', here('../dist/start.cjs')],
    env: { ...stagedoorEnv, ...env },
    readyPath: '/health/ready',
  });
}

async function call<T>(server: Server, path: string, body: object, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} responded with ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { data: T }).data;
}

const rows: Row[] = [];
function done(row: Row): void {
  rows.push(row);
  say(`${row.isMet ? 'met   ' : 'MISSED'} ${row.measured.toFixed(2)} (${row.goal})  ${row.work}`);
}

async function run(): Promise<void> {
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
  const floor = await startServer({
    name: 'the floor',
    args: [here('floor.js')],
    env: {
      DATABASE_URL: database.url,
      HASH_CONCURRENCY: String(settings.hashConcurrency),
      UV_THREADPOOL_SIZE: String(settings.hashConcurrency + 4),
      JWKS_URL: `${stagedoor.url}/.well-known/jwks.json`,
      PASSWORD_HASH: passwordHash,
    },
    readyPath: '/health/live',
  });
  const tokens: string[] = [];
  const apiKeys: string[] = [];
  for (let n = 1; n <= USERS; n++) {
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
  if (settings.only === '' || settings.only === 'forgot') {
    const mailDir = await mkdtemp(join(tmpdir(), 'stagedoor-bench-mail-'));
    // Production has no folder for mails.
    const env = { NODE_ENV: 'development', MAIL_URL: `folder:${mailDir}`, EMAIL_VERIFICATION: 'off' };
    const mailing = await startStagedoor(env);
    done(await forgotRow(mailing));
    await mailing.stop();
    await rm(mailDir, { recursive: true });
  }
  if (settings.only === '' || settings.only === 'catalogue') {
    for (const row of await catalogueRows(bench)) done(row);
  }
  if (settings.only === '' || settings.only === 'hostile') {
    for (const row of await hostileRows(bench)) done(row);
  }
  if (settings.only === '' || settings.only === 'import') {
    // The login of the import has to be recent.
    const { token } = await call<{ token: string }>(stagedoor, '/api/auth/login', admin);
    for (const row of await importRows(bench, token)) done(row);
  }

  if (settings.only === '' || settings.only === 'soak') {
    const soaked = await startStagedoor({ METRICS_ENABLED: 'true' }, profiling);
    done(await soakRow(bench, soaked));
    await soaked.stop();
  }

  const [load = 0] = loadavg();
  process.stdout.write(`${toTable(rows)}\n\n${JSON.stringify(sizes)}\n`);
  if (settings.only === '') say(`Written to ${writeResults(here('../bench/results'), settings, rows, sizes)}`);
  say(`Load average at the end: ${load.toFixed(1)} on ${availableParallelism()} cores.`);
}

try {
  await Promise.race([run(), database.lost]);
} catch (error) {
  // Interrupted, the run fails because its servers are gone.
  if (!isInterrupted) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
} finally {
  await close();
}
