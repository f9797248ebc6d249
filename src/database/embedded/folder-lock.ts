import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class FolderInUseError extends Error {
  constructor(folder: string) {
    super(
      `Another Stagedoor is running on ${folder}. Stop it first, give this one a DATA_DIR of its own, ` +
        'or set DATABASE_URL: several instances share one PostgreSQL.',
    );
    this.name = 'FolderInUseError';
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Makes this process the only one on this machine that has `folder` open, until it releases the lock or ends in any
 * way: the lock is a listening local socket named after the folder, which the operating system closes even for a killed
 * process. (Containers with separate network namespaces do not see one another's.)
 * @throws {FolderInUseError} when another process holds it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const { dev, ino } = await stat(folder);
  const address = await socketAddress(createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32));
  const server = createServer((socket) => socket.destroy());
  try {
    await listen(server, address);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw new FolderInUseError(folder);
    throw error;
  }
  server.unref();
  return {
    release: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

async function socketAddress(name: string): Promise<string> {
  if (process.platform === 'linux') return `\0stagedoor-${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\stagedoor-${name}`;
  // Elsewhere a socket is a file that outlives a killed process: one that does not respond is left over.
  const path = join(tmpdir(), `stagedoor-${name}.sock`);
  if (!(await isAnswered(path))) await rm(path, { force: true });
  return path;
}

async function listen(server: Server, address: string): Promise<void> {
  server.listen(address);
  await once(server, 'listening');
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
