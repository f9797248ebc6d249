import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createClient } from 'redis';
import { freePort } from './free-port.js';

/** The Redis that tests share; undefined: tests that need it are skipped. */
export const TEST_REDIS_URL = process.env['TEST_REDIS_URL'];

/** Whether tests can start a Redis of their own, in order to stop it. */
export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis for one test, on a port that stays the same across restarts. */
export class OwnRedis {
  private process: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async onFreePort(): Promise<OwnRedis> {
    return new OwnRedis(await freePort());
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it responds. */
  async start(): Promise<void> {
    const options = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--dir', tmpdir()];
    this.process = spawn('redis-server', options, { stdio: 'ignore' });
    await this.ask((client) => client.ping());
  }

  /** Kills it, as a crash does. */
  async stop(): Promise<void> {
    const running = this.process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** Makes it accept connections without responding. */
  hang(): void {
    this.process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.process?.kill('SIGCONT');
  }

  /** Runs commands over a new connection. */
  async ask<T>(question: (client: ReturnType<typeof openClient>) => Promise<T>): Promise<T> {
    const client = openClient(this.url);
    await client.connect();
    try {
      return await question(client);
    } finally {
      client.destroy();
    }
  }
}

function openClient(url: string) {
  // It reconnects until the server is up.
  return createClient({ url, socket: { reconnectStrategy: 50 } }).on('error', () => undefined);
}
