import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SecretSeal } from '../common/secret-seal.js';
import type { Config } from '../config/config.js';
import { secretFileIn } from './embedded/data-folder.js';

/**
 * The seal of this installation's secrets: under `APP_SECRET`, or else under the secret that is kept in `DATA_DIR`
 * beside the embedded database. Call it once the database is open, since that creates and locks the folder.
 */
export async function openSecretSeal({
  appSecret,
  appSecretPrevious,
  databaseUrl,
  dataDir,
}: Config): Promise<SecretSeal> {
  if (appSecret !== undefined) return new SecretSeal(appSecret, appSecretPrevious);
  if (databaseUrl !== undefined) throw new Error('APP_SECRET is required with DATABASE_URL');
  return new SecretSeal(await keptSecret(secretFileIn(resolve(dataDir))), appSecretPrevious);
}

async function keptSecret(path: string): Promise<string> {
  try {
    // `wx`: created once and never overwritten, since it opens what the database holds already.
    await writeFile(path, randomBytes(48).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(path, 'utf8');
}
