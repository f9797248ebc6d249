import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** Where the embedded database answers. */
export interface EmbeddedListener {
  /** Host and port as they stand in a `postgres:` URL. */
  readonly authority: string;
  close(): Promise<void>;
}

/** Only a part of the socket's name: `pg` looks for `.s.PGSQL.<port>` in the folder that a URL names as its host. */
const PORT = 5432;
/** Bytes of a socket's path. macOS has the fewest; Node cuts a longer one off silently, and with it the folder. */
const PATH_MAX = 103;
/** With a single connection allowed, a failed statement would cost the connection. */
const CONNECTIONS_MAX = 8;

/**
 * Lets only the user of this process reach the database, which asks for no password: it listens on a socket in a
 * folder of mode 0700, in `dataDir` where that can hold one. Windows has no such mode; there it is a loopback port.
 */
export async function listenForOwnUser(database: PGlite, dataDir: string | undefined): Promise<EmbeddedListener> {
  if (process.platform === 'win32') return listenOnLoopback(database);
  if (dataDir !== undefined) {
    const folder = join(dataDir, 'socket');
    // A killed process has left its own there; the folder lock says that it is gone.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    try {
      return await listenIn(folder, database);
    } catch {
      // Its path is too long, or it lies on a file system without sockets, as folders shared with a virtual machine do.
      await rm(folder, { recursive: true });
    }
  }
  return listenIn(await mkdtemp(join(tmpdir(), 'stagedoor-')), database);
}

async function listenIn(folder: string, database: PGlite): Promise<EmbeddedListener> {
  const path = join(folder, `.s.PGSQL.${PORT}`);
  if (Buffer.byteLength(path) > PATH_MAX)
    throw new Error(`${path} is too long for a socket: set TMPDIR to a shorter one`);
  const server = new PGLiteSocketServer({ db: database, path, maxConnections: CONNECTIONS_MAX });
  await server.start();
  return {
    authority: `${encodeURIComponent(folder)}:${PORT}`,
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listenOnLoopback(database: PGlite): Promise<EmbeddedListener> {
  const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: CONNECTIONS_MAX });
  await server.start();
  return { authority: server.getServerConn(), close: () => server.stop() };
}
