import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { HttpClient } from './http-client.js';
import { freePort } from './free-port.js';

const PATIENCE_MS = 30_000;
const shipped = (name: string): Promise<string> => readFile(new URL(`../../deploy/${name}`, import.meta.url), 'utf8');

/** @throws where the text has no such part, so that no test runs with another configuration than it says */
function replaced(text: string, part: string | RegExp, by: string): string {
  const result = text.replace(part, by);
  if (result === text) throw new Error(`the configuration has no ${String(part)}`);
  return result;
}

export const hasHaproxy = spawnSync('haproxy', ['-v']).status === 0;
export const hasNginx = spawnSync('nginx', ['-v']).status === 0;

/** The program of a load balancer, with its configuration in a folder of its own. */
abstract class Proxy {
  protected constructor(
    protected readonly folder: string,
    protected readonly port: number,
    protected readonly process: ChildProcess,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Waits until a request through it is answered by an instance. */
  protected async untilItServes(): Promise<void> {
    await vi.waitFor(
      async () => {
        if (this.process.exitCode !== null) throw new Error(`the proxy exited with ${this.process.exitCode}`);
        const { status } = await new HttpClient(this.url).get('/health/ready');
        if (status !== 200) throw new Error(`it answers ${status}`);
      },
      { timeout: PATIENCE_MS, interval: 50 },
    );
  }
}

/** HAProxy with `deploy/haproxy.cfg`, where only the addresses are this test's own. */
export class Haproxy extends Proxy {
  static async start(ports: readonly number[]): Promise<Haproxy> {
    const [folder, port] = [await mkdtemp(join(tmpdir(), 'stagedoor-haproxy-')), await freePort()];
    const servers = ports.map((own, i) => `  server app-${i + 1} 127.0.0.1:${own}`).join('\n');
    const settings = join(folder, 'haproxy.cfg');
    let text = replaced(await shipped('haproxy.cfg'), 'bind :8080', `bind 127.0.0.1:${port}`);
    text = replaced(text, /^ +server-template .*$/m, servers);
    text = replaced(text, /^resolvers docker\n.*\n/m, '');
    await writeFile(settings, text);
    const proxy = new Haproxy(folder, port, spawn('haproxy', ['-db', '-f', settings], { stdio: 'ignore' }));
    await proxy.untilItServes();
    return proxy;
  }
}

/** nginx with `deploy/nginx.conf`, where only the addresses and the folders are this test's own. */
export class Nginx extends Proxy {
  static async start(ports: readonly number[]): Promise<Nginx> {
    const [folder, port] = [await mkdtemp(join(tmpdir(), 'stagedoor-nginx-')), await freePort()];
    await Nginx.configure(folder, port, ports);
    const options = ['-p', folder, '-c', 'nginx.conf', '-e', 'error.log', '-g', 'daemon off; pid nginx.pid;'];
    const proxy = new Nginx(folder, port, spawn('nginx', options, { stdio: 'ignore' }));
    await proxy.untilItServes();
    return proxy;
  }

  /** Marks instances as down, or as up again, and reloads: from now on new connections go to the others. */
  async reload(ports: readonly number[], down: readonly number[] = []): Promise<void> {
    await Nginx.configure(this.folder, this.port, ports, down);
    this.process.kill('SIGHUP');
  }

  private static async configure(
    folder: string,
    port: number,
    ports: readonly number[],
    down: readonly number[] = [],
  ): Promise<void> {
    const servers = ports.map((own) => `    server 127.0.0.1:${own}${down.includes(own) ? ' down' : ''};\n`);
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `  ${name}_temp_path ${name};\n`,
    );
    let text = replaced(await shipped('nginx.conf'), 'listen 8080', `listen 127.0.0.1:${port}`);
    text = replaced(text, /(?: +server 127\.0\.0\.1:\d+;\n)+/, servers.join(''));
    text = replaced(text, 'http {\n', `http {\n  access_log off;\n${folders.join('')}`);
    await writeFile(join(folder, 'nginx.conf'), text);
  }
}
