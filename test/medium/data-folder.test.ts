import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataFolderError, openDataFolder } from '../../src/database/embedded/data-folder.js';

/** Nobody of importance: root may write everywhere, and many run tests as root in a container. */
const ANOTHER_USER = 65_534;

async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(ANOTHER_USER);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('the folder of the embedded database', () => {
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'stagedoor-folder-'));
    folder = join(parent, 'data');
  });
  afterEach(async () => {
    await chmod(parent, 0o700);
    await rm(parent, { recursive: true });
  });

  it('is made where it is missing, closed to others, and opened again', async () => {
    await openDataFolder(join(folder, 'deeper'));
    await openDataFolder(join(folder, 'deeper'));
    expect((await stat(join(folder, 'deeper'))).mode & 0o777).toBe(0o700);
  });

  it('is refused by name where it is, or lies under, a file', async () => {
    await writeFile(folder, '');
    for (const path of [folder, join(folder, 'deeper')]) {
      const refused = expect(openDataFolder(path)).rejects;
      await refused.toThrow(`${path} is, or lies under, a file`);
      await refused.toThrow(DataFolderError);
    }
  });

  it.each([
    ['cannot be made', false],
    ['is there', true],
  ])('is refused by name where it may not be written and %s', async (_, isThere) => {
    if (isThere) await mkdir(folder);
    await chmod(isThere ? folder : parent, 0o555);
    await chmod(parent, 0o555);
    const opening = asOrdinaryUser(() => openDataFolder(folder).catch((error: unknown) => error));
    expect(await opening).toMatchObject({
      name: 'DataFolderError',
      message: expect.stringContaining(`DATA_DIR must be a folder that this user may write to, and ${folder} may not`),
    });
  });
});
