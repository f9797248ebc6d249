import { PGlite } from '@electric-sql/pglite';
import { databaseFolderIn, openDataFolder } from './data-folder.js';
import { listenForOwnUser } from './embedded-listener.js';
import { lockFolder } from './folder-lock.js';

/** A PostgreSQL inside this process, reached by a socket like any other. */
export interface EmbeddedDatabase {
  /** Ends with the process. */
  readonly url: string;
  /** A copy of all its files, from which {@link openEmbeddedDatabase} makes another without running any migration. */
  snapshot(): Promise<Blob>;
  close(): Promise<void>;
}

interface Options {
  /** Where the files are kept; absent: in memory, lost at the end of the process. */
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
    ...(dataDir !== undefined && { dataDir: databaseFolderIn(dataDir) }),
    ...(snapshot && { loadDataDir: snapshot }),
  });
  const listener = await listenForOwnUser(database, dataDir);
  return {
    url: `postgres://postgres@${listener.authority}/postgres`,
    snapshot: async () => database.dumpDataDir('none'),
    close: async () => {
      await listener.close();
      await database.close();
      await lock?.release();
    },
  };
}
