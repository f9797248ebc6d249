import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { HttpClient } from './http-client.js';

const PROJECT = resolve(import.meta.dirname, '../..');
/** Milliseconds within which a server has to be up, or gone. */
const PATIENCE_MS = 60_000;

/** The server as it ships, in a folder of its own: `dist/`, `package.json`, and the project's packages. */
export interface BuiltServer {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function buildServer(): Promise<BuiltServer> {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-built-'));
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  await copyFile(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  const compiler = join(PROJECT, 'node_modules/typescript/bin/tsc');
  // Types are checked by `npm run types`.
  const options = ['-p', join(PROJECT, 'tsconfig.build.json'), '--noCheck', '--outDir', join(folder, 'dist')];
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: PROJECT });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in a process of its own, with no setting from the outside. */
export class ServerProcess {
  private output = '';
  private errors = '';
  readonly ended: Promise<ProcessEnd>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** `command`: another way to start it than `node dist/main.js`. It gets a process group of its own. */
  static start(built: BuiltServer, env: Record<string, string>, command?: readonly string[]): ServerProcess {
    const [program = process.execPath, ...rest] = command ?? [process.execPath, 'dist/main.js'];
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(program, rest, {
      cwd: built.folder,
      env: { PATH, HOME, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return new ServerProcess(child);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it did not start');
    return this.child.pid;
  }
  get stdout(): string {
    return this.output;
  }
  get stderr(): string {
    return this.errors;
  }
  /** The messages of its log so far. */
  get messages(): string[] {
    const lines = this.output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => String((JSON.parse(line) as { msg?: unknown }).msg));
  }

  /** Waits until it listens. @throws when it ends instead, with what it said */
  async url(): Promise<string> {
    return vi.waitFor(
      () => {
        if (this.child.exitCode !== null) throw new Error(`it ended: ${this.output}${this.errors}`);
        const url = /listens on (http:\S+?)"/.exec(this.output)?.[1];
        if (url === undefined) throw new Error(`it does not listen yet: ${this.output}${this.errors}`);
        return url;
      },
      { timeout: PATIENCE_MS, interval: 20 },
    );
  }

  async http(): Promise<HttpClient> {
    return new HttpClient(await this.url());
  }

  async says(message: string): Promise<void> {
    await vi.waitFor(
      () => {
        if (!this.messages.some((said) => said.includes(message)))
          throw new Error(`not said: ${message}\n${this.output}`);
      },
      { timeout: PATIENCE_MS, interval: 10 },
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** As a terminal does on Ctrl-C: to everybody in its process group. */
  signalGroup(name: NodeJS.Signals): void {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Ends it by SIGTERM, however far it has come. */
  async stop(): Promise<ProcessEnd> {
    this.signal('SIGTERM');
    return this.ended;
  }
}
