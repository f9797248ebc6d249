import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Findings } from '../support/findings.js';
import { ServerProcess } from '../support/server-process.js';
import { Load } from './load.js';
import { PatroniCluster } from './patroni-cluster.js';

const DATABASE = 'stagedoor';
const INSTANCES = 2;
/** Acknowledged by each instance before and after each failure. */
const WRITES = 25;
const REFUSALS = 5;

const findings = new Findings('Failover: two processes, three PostgreSQL nodes under Patroni');
const servers: ServerProcess[] = [];
let cluster: PatroniCluster;
let load: Load;
beforeAll(async () => {
  cluster = await PatroniCluster.start();
  await cluster.query(`CREATE DATABASE ${DATABASE}`);
  const env = {
    DATABASE_URL: cluster.urlOf(DATABASE),
    APP_SECRET: randomBytes(32).toString('hex'),
    RATE_LIMIT_ENABLED: 'false',
    REFRESH_TOKEN_ROTATION: 'true',
    SESSIONS_PER_USER_MAX: '10000',
  };
  for (let i = 0; i < INSTANCES; i++) servers.push(ServerProcess.start(env));
  load = new Load(await Promise.all(servers.map((server) => server.http())));
  await load.start();
});
afterAll(async () => {
  await load?.stop();
  for (const server of servers) server.signal('SIGKILL');
  await Promise.all(servers.map((server) => server.ended));
  await cluster?.remove();
  findings.print();
});

/** Lets a failure happen under load, and reads everything back that was ever acknowledged. */
async function survives(failure: string, happen: () => Promise<void>): Promise<void> {
  await load.writes(WRITES);
  await revokes(0);
  const [written, refused, revoked] = [load.ledger.size, countRefused(), load.ledger.revoked.length];
  for (const instance of load.instances) instance.takeLongestGapMs();
  await happen();
  await load.writes(WRITES);
  await cluster.whole();
  await load.writes(WRITES);
  const gaps = load.instances.map((instance) => (instance.takeLongestGapMs() / 1000).toFixed(1));
  const [acknowledged, refusals] = [load.ledger.size - written, countRefused() - refused];
  await revokes(revoked);
  await load.useAll();
  const missing = await missingArtists([...load.ledger.artists]);
  expect(load.faults, errorsLogged()).toEqual([]);
  expect(missing).toEqual([]);
  findings.note(
    failure,
    `${acknowledged} writes acknowledged, ${missing.length} missing, ${refusals} refused; ` +
      `longest time without one, by instance: ${gaps.join(' s, ')} s`,
  );
}

/** Waits until more revocations than these were acknowledged. */
const revokes = (more: number): Promise<void> =>
  expect.poll(() => load.ledger.revoked.length, { timeout: 300_000 }).toBeGreaterThan(more);

const errorsLogged = (): string =>
  servers
    .flatMap(({ stdout }) => stdout.split('\n').filter((line) => line.includes('"level":"error"')))
    .slice(-10)
    .join('\n');

const countRefused = (): number => load.instances.reduce((sum, { refused }) => sum + refused, 0);

async function missingArtists(names: readonly string[]): Promise<string[]> {
  const rows = await cluster.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS name WHERE name NOT IN (SELECT name FROM artists)',
    [names],
    DATABASE,
  );
  return rows.map(({ name }) => name);
}

describe('a PostgreSQL cluster, with every acknowledged write kept and every acknowledged revocation in force', () => {
  it('loses the machine of its primary', async () => {
    const { primary } = await cluster.whole();
    await survives('kill -9 of the primary and its Patroni', async () => {
      await primary.kill();
      await cluster.primary(primary);
      await load.writes(WRITES);
      primary.start();
    });
  });

  it('switches over as planned', async () => {
    const { primary, standby } = await cluster.whole();
    await survives('planned switchover', async () => {
      const answer = await primary.ask('/switchover', { leader: primary.name, candidate: standby.name });
      expect(answer.status, await answer.text()).toBe(200);
      expect((await cluster.primary(primary)).name).toBe(standby.name);
    });
  });

  it('has a primary that cannot reach etcd', async () => {
    const { primary } = await cluster.whole();
    await survives('primary cut off from etcd', async () => {
      await primary.cutFromEtcd();
      await cluster.primary(primary);
      await load.writes(WRITES);
      await primary.reconnectToEtcd();
    });
  });

  it('has a primary whose Patroni hangs, while its PostgreSQL would go on', async () => {
    const { primary } = await cluster.whole();
    await survives('primary with a Patroni that hangs', async () => {
      primary.hang();
      await cluster.primary(primary);
      await load.writes(WRITES);
      primary.goOn();
    });
  });

  it('loses etcd for a while', async () => {
    await survives('etcd down until there is no primary', async () => {
      await cluster.stopEtcd();
      await cluster.noPrimary();
      await load.refusals(REFUSALS);
      cluster.startEtcd();
    });
  });

  it('is used after all of it by the same processes, without a stray error', async () => {
    await load.stop();
    for (const server of servers) {
      expect(server.stderr).toBe('');
      expect(await server.stop()).toEqual({ code: 0, signal: null });
    }
  });
});
