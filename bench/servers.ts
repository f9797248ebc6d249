import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** A server under test, in its own process. */
export interface Server {
  readonly name: string;
  readonly url: string;
  /** Milliseconds from the start of the process to its first 2xx response. */
  readonly readyAfterMs: number;
  /** Seconds of processor time so far, user and system; undefined where the system does not report it. */
  cpuSeconds(): number | undefined;
  /** Resident memory in MiB; undefined where the system does not report it. */
  memoryMib(): number | undefined;
  stop(): Promise<void>;
}

interface Start {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly readyPath: string;
  /** Absent: the working directory of this process. */
  readonly cwd?: string;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

/** Every server that is not known to have exited, ready or not. */
const running = new Set<ChildProcess>();
let isStopping = false;

/** Starts a script on a free port of 127.0.0.1. It inherits nothing of the environment but PATH. */
export async function startServer({ name, args, env, readyPath, cwd }: Start): Promise<Server> {
  const port = await freePort();
  if (isStopping) throw new Error(`${name} is not started: the run is ending`);
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(port), NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(cwd !== undefined && { cwd }),
  });
  running.add(child);
  while (!(await responds(`${url}${readyPath}`))) {
    if (hasExited(child)) throw new Error(`${name} exited with ${child.exitCode} before it was ready`);
    if (performance.now() - startedAt > READY_TIMEOUT_MS) {
      await stop(child);
      throw new Error(`${name} is not ready after ${READY_TIMEOUT_MS} ms`);
    }
    await pause(5);
  }
  return {
    name,
    url,
    readyAfterMs: performance.now() - startedAt,
    cpuSeconds: () => cpuSecondsOf(child),
    memoryMib: () => memoryMibOf(child),
    stop: () => stop(child),
  };
}

/** Stops every server that is still running. No other one can be started afterwards. */
export async function stopServers(): Promise<void> {
  isStopping = true;
  await Promise.all([...running].map(stop));
}

/** Whether the run is ending: what fails from now on says nothing. */
export function areStopping(): boolean {
  return isStopping;
}

const hasExited = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** By SIGTERM; by SIGKILL where that does not end it in time. */
async function stop(child: ChildProcess): Promise<void> {
  if (!hasExited(child)) {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(kill);
  }
  running.delete(child);
}

async function responds(url: string): Promise<boolean> {
  return fetch(url).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

let ticks: number | undefined;

/** proc(5): the 14th and 15th field of /proc/pid/stat, in clock ticks; the second may hold spaces. */
function cpuSecondsOf({ pid }: ChildProcess): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return undefined;
  }
}

function memoryMibOf({ pid }: ChildProcess): number | undefined {
  try {
    const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}
