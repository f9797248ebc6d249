import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { createClient } from 'redis';

/** The Redis that tests may share, or undefined: they then say that they were skipped. */
export const TEST_REDIS_URL = process.env['TEST_REDIS_URL'];

/** Whether a test can start a Redis of its own, to take it away again. */
export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of one test alone, on a free port that stays the same when it is started again. */
export class OwnRedis {
  private process: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  static async onFreePort(): Promise<OwnRedis> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    return new OwnRedis(address.port);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, and waits until it answers. */
  async start(): Promise<void> {
    const options = ['--bind', '127.0.0.1', '--port', String(this.port), '--save', '', '--dir', tmpdir()];
    this.process = spawn('redis-server', options, { stdio: 'ignore' });
    await this.ask((client) => client.ping());
  }

  /** Ends it at once, as a crash does. */
  async stop(): Promise<void> {
    const running = this.process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  /** It takes connections and answers nothing any more. */
  hang(): void {
    this.process?.kill('SIGSTOP');
  }

  goOn(): void {
    this.process?.kill('SIGCONT');
  }

  /** Asks it something over a connection of its own. */
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
  // It tries again by itself until the server is up.
  return createClient({ url, socket: { reconnectStrategy: 50 } }).on('error', () => undefined);
}
