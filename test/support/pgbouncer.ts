import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { vi } from 'vitest';
import { freePort } from './free-port.js';
import { unprivileged } from './unprivileged.js';

export type PoolMode = 'session' | 'transaction';

const PATIENCE_MS = 30_000;

/** Whether tests can start a PgBouncer. */
export const hasPgBouncer = spawnSync('pgbouncer', ['--version']).status === 0;

/** A PgBouncer in front of a PostgreSQL server, with its defaults but for the mode and the number of connections. */
export class PgBouncer {
  private log = '';

  private constructor(
    private readonly process: ChildProcess,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Starts one that leads to the server of `target`, and waits until it answers. */
  static async start(target: URL, mode: PoolMode, poolSize: number): Promise<PgBouncer> {
    const [folder, port, owner] = [await mkdtemp(join(tmpdir(), 'stagedoor-pgb-')), await freePort(), unprivileged()];
    const settings = join(folder, 'pgbouncer.ini');
    await writeFile(
      settings,
      `[databases]
* = host=${target.hostname} port=${target.port} user=${target.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 200
`,
    );
    if (owner.uid !== undefined) {
      await chown(folder, owner.uid, owner.gid ?? owner.uid);
      await chown(settings, owner.uid, owner.gid ?? owner.uid);
    }
    const process = spawn('pgbouncer', [settings], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], ...owner });
    const bouncer = new PgBouncer(process, folder, port);
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (bouncer.log += text));
    await bouncer.untilItAnswers(target);
    return bouncer;
  }

  /** The database of `target` through this pooler. */
  urlOf(target: string): string {
    const url = new URL(target);
    url.host = `127.0.0.1:${this.port}`;
    return url.href;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGKILL');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private async untilItAnswers(target: URL): Promise<void> {
    await vi.waitFor(
      async () => {
        if (this.process.exitCode !== null) throw new Error(`PgBouncer exited: ${this.log}`);
        const client = new pg.Client({ connectionString: this.urlOf(target.href) });
        client.on('error', () => undefined);
        await client.connect();
        await client.end();
      },
      { timeout: PATIENCE_MS, interval: 50 },
    );
  }
}
