import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, vi } from 'vitest';
import { HttpClient } from './http-client.js';
import { signalIfRunning } from './signal-if-running.js';

/** Milliseconds within which a server is up, or has ended. */
const PATIENCE_MS = 120_000;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server in a process of its own, which inherits no setting. */
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

  /** Starts the built server, by `command` in place of `node dist/start.cjs`, in a process group of its own. */
  static start(env: Record<string, string>, command = [process.execPath, 'dist/start.cjs']): ServerProcess {
    const [program, ...rest] = command;
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(program, rest, {
      cwd: inject('builtFolder'),
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
  /** The messages that it has logged so far. */
  get messages(): string[] {
    const lines = this.output.split('\n').filter((line) => line.startsWith('{'));
    return lines.map((line) => String((JSON.parse(line) as { msg?: unknown }).msg));
  }

  /** Waits until it listens. @throws {Error} with its output when it exits instead */
  async url(): Promise<string> {
    return vi.waitFor(
      () => {
        if (this.child.exitCode !== null) throw new Error(`it exited: ${this.output}${this.errors}`);
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
          throw new Error(`not logged: ${message}\n${this.output}`);
      },
      { timeout: PATIENCE_MS, interval: 10 },
    );
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Signals the whole process group, as a terminal does on Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void {
    if (this.child.pid !== undefined) signalIfRunning(-this.child.pid, name);
  }

  /** Stops it by SIGTERM. */
  async stop(): Promise<ProcessEnd> {
    this.signal('SIGTERM');
    return this.ended;
  }
}
