import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { type EmbeddedDatabase, openEmbeddedDatabase } from '../../src/database/embedded/embedded-database.js';

/** The path of the socket that `pg` derives from the URL. */
function socketOf({ url }: EmbeddedDatabase): string {
  const { host, port } = new pg.Client(url);
  return join(host, `.s.PGSQL.${port}`);
}

async function responds(url: string): Promise<boolean> {
  const database = new Database({ url, poolMax: 1, acquireTimeoutMs: 120_000, statementTimeoutMs: 120_000 });
  await database.connect([]);
  const [row] = await database.query<{ one: number }>('SELECT 1 AS one');
  await database.close();
  return row.one === 1;
}

/** How many TCP ports this process listens on, as Linux lists them; 0 elsewhere. */
async function listeningPorts(): Promise<number> {
  const own = new Set<string>();
  for (const descriptor of await readdir('/proc/self/fd').catch(() => [])) {
    // It may have been closed meanwhile.
    const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '');
    own.add(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
  }
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const lines = tables.flatMap((table) => table.trim().split('\n').slice(1));
  return lines.map((line) => line.trim().split(/\s+/)).filter((row) => row[3] === '0A' && own.has(row[9])).length;
}

// Windows has no folder modes; there it listens on a loopback port.
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
    // The path of a socket may have about a hundred bytes.
    ['in a folder with a long name', () => join(folder, 'x'.repeat(120))],
  ])('%s listens only on a socket that its own user can reach, and removes it when it closes', async (_, place) => {
    const dataDir = place();
    const ports = await listeningPorts();
    database = await openEmbeddedDatabase({ ...(dataDir !== undefined && { dataDir }) });
    const socket = socketOf(database);
    const { mode, uid } = await stat(dirname(socket));
    expect([mode & 0o777, uid]).toEqual([0o700, process.getuid?.()]);
    expect((await stat(socket)).isSocket()).toBe(true);
    expect(await responds(database.url)).toBe(true);
    expect(await listeningPorts()).toBe(ports);
    await database.close();
    database = undefined;
    expect(existsSync(dirname(socket))).toBe(false);
  });
});
