import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { databaseFolderIn, openDataFolder } from './data-folder.js';
import { lockFolder } from './folder-lock.js';

/** A PostgreSQL inside this process, reached over loopback like any other. */
export interface EmbeddedDatabase {
  /** Ends with the process; the port is new at every start. */
  readonly url: string;
  /** A copy of all its files, from which {@link openEmbeddedDatabase} makes another without running any migration. */
  snapshot(): Promise<Blob>;
  close(): Promise<void>;
}

interface Options {
  /** Where the files are kept; absent: in memory, gone at the end. */
  readonly dataDir?: string;
  readonly snapshot?: Blob;
}

/**
 * Opens the embedded database of `dataDir`, making it where there is none.
 *
 * It has one session for all connections, so it is used with a pool of one.
 * @throws {DataFolderError} when the folder cannot be made or written
 * @throws {FolderInUseError} when another process has the folder open
 */
export async function openEmbeddedDatabase({ dataDir, snapshot }: Options): Promise<EmbeddedDatabase> {
  if (dataDir !== undefined) await openDataFolder(dataDir);
  const lock = dataDir === undefined ? undefined : await lockFolder(dataDir);
  const database = await PGlite.create({
    extensions: { pg_trgm },
    ...(dataDir !== undefined && { dataDir: databaseFolderIn(dataDir) }),
    ...(snapshot && { loadDataDir: snapshot }),
  });
  // With a single connection allowed, a failed statement would cost the connection.
  const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port: 0, maxConnections: 8 });
  await server.start();
  return {
    url: `postgres://postgres@${server.getServerConn()}/postgres`,
    snapshot: async () => database.dumpDataDir('none'),
    close: async () => {
      await server.stop();
      await database.close();
      await lock?.release();
    },
  };
}
