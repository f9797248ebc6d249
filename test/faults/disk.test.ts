import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Findings } from '../support/findings.js';
import { bearer, type HttpAnswer, type HttpClient } from '../support/http-client.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { PrivatePostgres } from '../support/private-postgres.js';
import { ServerProcess } from '../support/server-process.js';

const TIMEOUT_MS = 1000;
/** For a condition that never holds; a busy machine takes its time. */
const PATIENCE_MS = 60_000;
const POOL_MAX = 4;

const findings = new Findings('A disk that stalls: reads do not need it, writes wait for it');
let folder: string;
let stalledWhile: string;
let postgres: PrivatePostgres;
let server: ServerProcess;
let http: HttpClient;
let headers: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-disk-'));
  // PostgreSQL may run as a different account.
  await chmod(folder, 0o755);
  stalledWhile = join(folder, 'stalled');
  const library = join(folder, 'stalled-disk.so');
  const source = join(import.meta.dirname, 'stalled-disk.c');
  await promisify(execFile)('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  postgres = await PrivatePostgres.start(['fsync=on'], { LD_PRELOAD: library, STALLED_WHILE: stalledWhile });
  server = ServerProcess.start({
    DATABASE_URL: await postgres.createDatabase('disk'),
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
    DATABASE_POOL_MAX: String(POOL_MAX),
    DATABASE_ACQUIRE_TIMEOUT_MS: String(TIMEOUT_MS),
    DATABASE_STATEMENT_TIMEOUT_MS: String(TIMEOUT_MS),
  });
  http = await server.http();
  const signUp = await http.post('/api/auth/signup', {
    json: { email: freshEmail(), name: 'John Doe', password: PASSWORD },
  });
  headers = bearer(signUp.body.data.token);
});
afterAll(async () => {
  if (server.stderr !== '') findings.note('standard error', server.stderr);
  server.signal('SIGKILL');
  await server.ended;
  await postgres.remove();
  await rm(folder, { recursive: true });
  findings.print();
});

const createArtist = (name: string): Promise<HttpAnswer> => http.post('/api/artists', { headers, json: { name } });
/** The number of artists with this name. */
const found = async (name: string): Promise<number> => {
  const answer = await http.get(`/api/artists?q=${name}`, { headers });
  expect(answer.status, answer.text).toBe(200);
  return Number(answer.body.meta.totalCount);
};

describe('a disk that stalls', () => {
  it('fails writes with 503 meanwhile, and does not stop reads', async () => {
    expect((await createArtist('Before')).status).toBe(201);
    await writeFile(stalledWhile, '');
    const from = performance.now();
    const writes = await Promise.all(Array.from({ length: 2 * POOL_MAX }, (_, i) => createArtist(`Meanwhile ${i}`)));
    const took = performance.now() - from;
    for (const answer of writes) {
      expect(answer.status, answer.text).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // Connections that wait for the disk are closed, so that the pool has others.
    expect(await found('Before')).toBeGreaterThan(0);
    expect((await http.get('/health/live')).status).toBe(200);
    expect((await http.get('/health/ready')).status).toBe(200);
    findings.note(
      'stands still',
      `${writes.length} writes answered 503 within ${took.toFixed(0)} ms; reads and health go on`,
    );
  });

  it('recovers: writes are served again, and those confirmed with 201 are there', async () => {
    await rm(stalledWhile);
    const from = performance.now();
    await vi.waitFor(async () => expect((await createArtist('After')).status).toBe(201), {
      timeout: PATIENCE_MS,
      interval: 50,
    });
    findings.note('recovered', `writes are served after ${(performance.now() - from).toFixed(0)} ms`);
    await postgres.stop('immediate');
    await postgres.startAgain();
    await vi.waitFor(async () => expect(await found('After')).toBeGreaterThan(0), {
      timeout: PATIENCE_MS,
      interval: 50,
    });
    expect(await found('Before')).toBeGreaterThan(0);
    findings.note('a crash right after', 'nothing confirmed with 201 is lost');
  });
});
