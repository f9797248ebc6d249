import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDataSource } from '../../src/database/data-source.js';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded-database.js';

/** The address that `pg` makes of the database's: the folder and the socket in it. */
function socketOf({ url }: EmbeddedDatabase): string {
  const { host, port } = new pg.Client(url);
  return join(host, `.s.PGSQL.${port}`);
}

async function answers(url: string): Promise<boolean> {
  const target = { url, poolMax: 1, acquireTimeoutMs: 5000, statementTimeoutMs: 5000 };
  const dataSource = await createDataSource(target).initialize();
  const [row] = await dataSource.query<{ one: number }[]>('SELECT 1 AS one');
  await dataSource.destroy();
  return row.one === 1;
}

/** How many TCP ports this process listens on. */
async function listeningPorts(): Promise<number> {
  const own = new Set<string>();
  for (const descriptor of await readdir('/proc/self/fd')) {
    // One that was closed meanwhile is none of ours any more.
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '');
    own.add(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
  }
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const lines = tables.flatMap((table) => table.trim().split('\n').slice(1));
  return lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[3] === '0A' && own.has(row[9])).length;
}

// Windows has no folder that only one user can enter by its mode, so it listens on loopback there.
describe.skipIf(process.platform === 'win32')('the embedded database', () => {
  let folder: string;
  let database: EmbeddedDatabase | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagedoor-test-'));
  });
  afterEach(async () => {
    await database?.close();
    database = undefined;
    await rm(folder, { recursive: true });
  });

  it.each([
    ['in memory', () => undefined],
    ['in a folder', () => join(folder, 'data')],
    // The path of a socket may have some hundred bytes.
    ['in a folder with a long name', () => join(folder, 'x'.repeat(120))],
  ])('%s is reached by a socket in a folder that only its own user can enter', async (_, place) => {
    const dataDir = place();
    database = await openEmbeddedDatabase({ ...(dataDir !== undefined && { dataDir }) });
    const socket = socketOf(database);
    const { mode, uid } = await stat(dirname(socket));
    expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
    expect((await stat(socket)).isSocket()).toBe(true);
    expect(await answers(database.url)).toBe(true);
  });

  it.runIf(process.platform === 'linux')('listens on no TCP port', async () => {
    const before = await listeningPorts();
    database = await openEmbeddedDatabase({});
    expect(await listeningPorts()).toBe(before);
  });

  it('leaves no socket and no folder of it behind', async () => {
    const opened = await openEmbeddedDatabase({ dataDir: join(folder, 'data') });
    const inMemory = await openEmbeddedDatabase({});
    await opened.close();
    await inMemory.close();
    for (const one of [opened, inMemory]) expect(existsSync(dirname(socketOf(one)))).toBe(false);
  });
});
