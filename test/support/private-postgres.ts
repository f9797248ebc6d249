import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { vi } from 'vitest';
import { freePort } from './free-port.js';
import { signalIfRunning } from './signal-if-running.js';
import { type Owner, unprivileged } from './unprivileged.js';

const run = promisify(execFile);
const PATIENCE_MS = 30_000;

/**
 * A PostgreSQL server for one test file, with its own files and a port that stays the same across restarts. Tests may
 * stop, hang and kill it; they touch no other PostgreSQL of the machine.
 */
export class PrivatePostgres {
  private server: ChildProcess | undefined;
  private log = '';

  private constructor(
    private readonly programs: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly owner: Owner,
    private readonly settings: readonly string[],
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /**
   * Creates and starts one. `settings` as in `postgresql.conf`, such as `max_connections=20`; `env` for the server only, in
   * addition to the environment of the tests.
   */
  static async start(
    settings: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<PrivatePostgres> {
    const programs = findPrograms();
    const owner = unprivileged();
    // A short path: that of the socket may have 107 bytes.
    const folder = await mkdtemp(join(tmpdir(), 'stagedoor-pg-'));
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
    const postgres = new PrivatePostgres(programs, folder, await freePort(), owner, settings, env);
    const options = ['-D', join(folder, 'data'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
    await run(join(programs, 'initdb'), [...options, '--no-sync'], { cwd: folder, ...owner });
    await postgres.startAgain();
    return postgres;
  }

  /** Creates and starts a standby, which follows this server until it is promoted. */
  async startStandby(): Promise<PrivatePostgres> {
    const { programs, owner, settings, env } = this;
    const folder = await mkdtemp(join(tmpdir(), 'stagedoor-pg-'));
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
    const standby = new PrivatePostgres(programs, folder, await freePort(), owner, settings, env);
    const source = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'postgres'];
    const options = ['-D', join(folder, 'data'), '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    await run(join(programs, 'pg_basebackup'), [...source, ...options], { cwd: folder, ...owner });
    await standby.startAgain();
    return standby;
  }

  /** Makes a standby a primary. */
  async promote(): Promise<void> {
    await this.query('SELECT pg_promote()');
  }

  get url(): string {
    return this.urlOf('postgres');
  }

  urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** Starts it on its files and waits until it accepts queries. */
  async startAgain(): Promise<void> {
    // The tests kill the app and this server, never the machine, so nothing has to reach the disk.
    const settings = ['fsync=off', 'autovacuum=off', `unix_socket_directories=${this.folder}`, ...this.settings];
    const options = ['-D', join(this.folder, 'data'), '-h', '127.0.0.1', '-p', String(this.port)];
    this.server = spawn(join(this.programs, 'postgres'), [...options, ...settings.flatMap((one) => ['-c', one])], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...this.env },
      ...this.owner,
    });
    this.server.stderr?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    await vi.waitFor(
      async () => {
        if (this.server?.exitCode !== null) throw new Error(`PostgreSQL exited: ${this.log}`);
        await this.query('SELECT 1');
      },
      { timeout: PATIENCE_MS, interval: 50 },
    );
  }

  /** `fast` terminates all sessions and shuts down in order; `immediate` is a crash, from which it recovers. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const { server } = this;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    this.goOn();
    const ended = once(server, 'exit');
    server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  /** Stops the process and all its sessions: the system accepts connections, and none gets a response. */
  hang(): void {
    // The parent first, so that it starts no further session.
    this.server?.kill('SIGSTOP');
    for (const pid of this.children()) signalIfRunning(pid, 'SIGSTOP');
  }

  goOn(): void {
    for (const pid of this.children()) signalIfRunning(pid, 'SIGCONT');
    this.server?.kill('SIGCONT');
  }

  /** Terminates every other session, or those of this application. Returns their number. */
  async killSessions(application?: string): Promise<number> {
    const rows = await this.query<{ ended: boolean }>(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
          AND ($1::text IS NULL OR application_name = $1)`,
      [application ?? null],
    );
    return rows.filter(({ ended }) => ended).length;
  }

  async createDatabase(name: string): Promise<string> {
    await this.query(`CREATE DATABASE ${name}`);
    return this.urlOf(name);
  }

  /** Dumps a database and restores it into a new one, as an operator does. */
  async dump(database: string, into: string): Promise<void> {
    const { programs, folder, owner } = this;
    const file = join(folder, `${into}.dump`);
    const options = { cwd: folder, ...owner };
    await run(join(programs, 'pg_dump'), ['-Fc', '-f', file, this.urlOf(database)], options);
    await run(join(programs, 'pg_restore'), ['--no-owner', '-d', await this.createDatabase(into), file], options);
  }

  /** Runs a query over a new connection. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = [], database?: string): Promise<Row[]> {
    const client = await this.connect(database);
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** A new session, for a test that holds a lock or a connection. The caller ends it. */
  connect(database?: string): Promise<pg.Client> {
    return this.connectAs('postgres', database);
  }

  async connectAs(user: string, database = 'postgres'): Promise<pg.Client> {
    const url = new URL(this.urlOf(database));
    url.username = user;
    const client = new pg.Client({ connectionString: url.href, application_name: 'test' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.stop('immediate');
    await rm(this.folder, { recursive: true, force: true });
  }

  private children(): number[] {
    const pid = this.server?.pid;
    return pid === undefined || this.server?.exitCode !== null ? [] : childrenOf(pid);
  }
}

export function childrenOf(pid: number): number[] {
  const listed = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' });
  const pairs = listed.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([parent]) => parent === pid).map(([, child]) => child);
}

/** The folder of PostgreSQL's programs. */
export function findPrograms(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...versions.map((one) => join(debian, one, 'bin'))];
  const needed = ['initdb', 'postgres', 'pg_basebackup'];
  const found = folders.find((folder) => needed.every((program) => existsSync(join(folder, program))));
  if (found === undefined) throw new Error('These tests need the PostgreSQL programs: install postgresql');
  return found;
}

/** Resident memory of a process in bytes. Linux only. */
export async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
