import { access, constants, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlState } from '../sql-state.js';

export class DataFolderError extends Error {
  constructor(folder: string, cause: unknown) {
    const code = sqlState(cause);
    const is = code === 'EEXIST' || code === 'ENOTDIR' ? 'is, or lies under, a file' : 'may not be written';
    super(
      `DATA_DIR must be a folder that this user may write to, and ${folder} ${is} (${code}): ` +
        'set another one, or DATABASE_URL',
      { cause },
    );
    this.name = 'DataFolderError';
  }
}

const UNUSABLE = new Set(['EEXIST', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS']);

/** Where the embedded database keeps its files. */
export const databaseFolderIn = (folder: string): string => join(folder, 'postgres');

/** Whether the folder has an embedded database. */
export async function hasDatabase(folder: string): Promise<boolean> {
  try {
    await access(join(databaseFolderIn(folder), 'PG_VERSION'));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(sqlState(error) ?? '')) return false;
    throw error;
  }
}

/** Where the secret lies that the embedded database's keys are sealed under. */
export const secretFileIn = (folder: string): string => join(folder, 'app-secret');

/**
 * Makes the folder of the embedded database where it is missing, closed to other users.
 * @throws {DataFolderError} when it cannot be made, read or written
 */
export async function openDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(databaseFolderIn(folder), { recursive: true, mode: 0o700 });
    // Made by another user, they may be closed to this one in a folder that is open.
    await access(databaseFolderIn(folder), constants.R_OK | constants.W_OK | constants.X_OK);
    await access(secretFileIn(folder), constants.R_OK).catch((error: unknown) => {
      if (sqlState(error) !== 'ENOENT') throw error;
    });
  } catch (error) {
    throw UNUSABLE.has(sqlState(error) ?? '') ? new DataFolderError(folder, error) : error;
  }
}
