import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Owner } from './unprivileged.js';

export interface ChildOptions {
  readonly cwd: string;
  readonly owner: Owner;
  readonly env?: Readonly<Record<string, string>>;
}

/** A server program that tests start, stop and kill. */
export class ChildServer {
  private output = '';

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    child.on('error', (error) => (this.output += String(error)));
  }

  /** Starts a program, which inherits no setting of the tests. */
  static start(program: string, args: readonly string[], { cwd, owner, env }: ChildOptions): ChildServer {
    const { PATH = '' } = process.env;
    const child = spawn(program, args, {
      cwd,
      env: { PATH, HOME: cwd, LANG: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...owner,
    });
    return new ChildServer(program, child);
  }

  get isRunning(): boolean {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The end of what it has written. */
  get log(): string {
    return this.output.slice(-4000);
  }

  /** @throws {Error} with its output when it has exited */
  expectRunning(): void {
    if (!this.isRunning) throw new Error(`${this.name} exited: ${this.log}`);
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Ends it, by default like a crash. */
  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
