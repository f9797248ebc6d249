import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchDatabase, createDatabase } from '../database.js';
import { stopServers } from '../servers.js';
import { readSettings } from '../settings.js';
import { betterAuth } from './better-auth.js';
import { directus, DIRECTUS_NEEDS } from './directus.js';
import { stopInstalling } from './install.js';
import { beside, type Contestant, type PeerRow, starts, throughput } from './measure.js';
import { parseServer } from './parse-server.js';
import type { Peer } from './peer.js';
import { stagedoor } from './stagedoor.js';
import { peerTable } from './table.js';

/*
 * npm run bench:peers [-- --quick]
 *
 * Installs other servers into a temporary folder, gives each a database on the server of DATABASE_URL, and measures them
 * and Stagedoor in one run, on 127.0.0.1 only. At the end, and when it is interrupted, the servers are stopped and the
 * databases and the folder removed.
 */

const settings = readSettings(process.env, process.argv.slice(2));
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), 'stagedoor-peers-'));
const databases: BenchDatabase[] = [];

let closing: Promise<void> | undefined;
function close(): Promise<void> {
  closing ??= closeAll();
  return closing;
}
async function closeAll(): Promise<void> {
  await stopInstalling();
  await stopServers();
  for (const database of databases) await database.drop();
  await rm(folder, { recursive: true, force: true });
}

let isInterrupted = false;
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  // npm passes a Ctrl-C on that the terminal has sent already, so a second signal means nothing.
  process.on(signal, () => {
    if (isInterrupted) return;
    isInterrupted = true;
    say(`${signal}: stopping the servers and dropping the databases`);
    close()
      .catch((error: unknown) => say(String(error)))
      .finally(() => process.exit(code));
  });
}

async function database(): Promise<BenchDatabase> {
  if (isInterrupted) throw new Error('The run is ending');
  const created = await createDatabase(settings.serverUrl);
  databases.push(created);
  return created;
}

/** The peers that could be installed, Stagedoor first. */
async function peers(): Promise<Peer[]> {
  const found = [stagedoor((await database()).url)];
  const others = { 'better-auth': betterAuth, 'Parse Server': parseServer, Directus: directus };
  for (const [name, create] of Object.entries(others)) {
    if (name === 'Directus' && Number.parseInt(process.versions.node, 10) < DIRECTUS_NEEDS) {
      say(`Directus is left out: it needs Node.js ${DIRECTUS_NEEDS}`);
      continue;
    }
    say(`Installing ${name}`);
    try {
      found.push(await create(join(folder, name.replace(' ', '-')), (await database()).url));
    } catch (error) {
      if (isInterrupted) throw error;
      say(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return found;
}

async function run(): Promise<void> {
  const all = await peers();
  const contestants: Contestant[] = [];
  for (const peer of all) {
    const server = await peer.start();
    contestants.push({ peer, server, requests: await peer.prepare(server) });
  }
  const loadBefore = loadavg()[0] ?? 0;
  const rows: PeerRow[] = [];
  const done = (row: PeerRow): void => {
    rows.push(row);
    say(`${row.work}: ${row.cells.map((cell, i) => `${all[i]?.name} ${cell?.text ?? 'failed'}`).join(', ')}`);
  };
  done(await throughput('own profile', 'profile', settings)(contestants));
  done(await throughput('artists, 10 rows, by key', 'artists', settings)(contestants));
  done(await throughput('login', 'login', settings)(contestants));
  done(await beside(contestants, settings));
  for (const { server } of contestants) await server.stop();
  for (const row of await starts(all, settings)) done(row);

  const [postgres] =
    (await databases[0]?.query<{ version: string }>("SELECT current_setting('server_version') AS version")) ?? [];
  process.stdout.write(`${peerTable(all, rows)}\n\n`);
  process.stdout.write(
    `${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, PostgreSQL ${postgres?.version ?? ''}, ` +
      `${availableParallelism()} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, shared with the load generator. ` +
      `Load average before the rows: ${loadBefore.toFixed(1)}. ` +
      `${settings.rounds} rounds of ${settings.seconds} s, ${settings.connections} connections.\n`,
  );
}

try {
  await run();
} catch (error) {
  // Interrupted, the run fails because its servers are gone.
  if (!isInterrupted) {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
} finally {
  await close();
}
