import { randomBytes } from 'node:crypto';
import { chown, copyFile, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { vi } from 'vitest';
import { ChildServer } from '../support/child-server.js';
import { freePort } from '../support/free-port.js';
import { unprivileged } from '../support/unprivileged.js';
import { type ClusterSettings, PatroniNode } from './patroni-node.js';

const PROXY_CONFIGURATION = resolve(import.meta.dirname, '../../deploy/haproxy-postgres.cfg');
const PATIENCE = { timeout: 120_000, interval: 200 };
/** Characters of a node's log in an error. */
const LOG_SHOWN = 6000;
const NODES = ['node1', 'node2', 'node3'];

interface Member {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

/** Three PostgreSQL nodes under Patroni, one etcd, and one HAProxy, with the configuration in deploy/. */
export class PatroniCluster {
  private etcd: ChildServer | undefined;
  private proxy: ChildServer | undefined;
  private nodes: readonly PatroniNode[] = [];

  private constructor(
    private readonly settings: ClusterSettings,
    private readonly etcdPeerPort: number,
    private readonly proxyPort: number,
  ) {}

  /** Creates and starts it, and waits until it replicates. */
  static async start(): Promise<PatroniCluster> {
    const owner = unprivileged();
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'stagedoor-ha-')));
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
    const settings = {
      folder,
      owner,
      etcdUrl: `http://127.0.0.1:${await freePort()}`,
      superuserPassword: randomBytes(16).toString('hex'),
      replicationPassword: randomBytes(16).toString('hex'),
      apiPassword: randomBytes(16).toString('hex'),
    };
    const cluster = new PatroniCluster(settings, await freePort(), await freePort());
    try {
      await cluster.startAll();
    } catch (error) {
      await cluster.remove();
      throw error;
    }
    return cluster;
  }

  /** A database of this name, through HAProxy. */
  urlOf(database: string): string {
    return `postgres://postgres:${this.settings.superuserPassword}@127.0.0.1:${this.proxyPort}/${database}`;
  }

  /** Runs a query over a new connection through HAProxy. */
  async query<Row extends pg.QueryResultRow>(
    text: string,
    values: unknown[] = [],
    database = 'postgres',
  ): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.urlOf(database), application_name: 'test' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(text, values)).rows;
    } finally {
      await client.end();
    }
  }

  /** Waits for a primary, which Patroni names, other than `former`. */
  async primary(former?: PatroniNode): Promise<PatroniNode> {
    return vi.waitFor(async () => {
      for (const node of this.nodes) if (node !== former && (await node.isPrimary())) return node;
      throw new Error('There is no primary');
    }, PATIENCE);
  }

  /** Waits until no node is the primary. */
  async noPrimary(): Promise<void> {
    await vi.waitFor(async () => {
      const [primary] = (await Promise.all(this.nodes.map((node) => node.isPrimary()))).filter(Boolean);
      if (primary !== undefined) throw new Error('There is a primary');
    }, PATIENCE);
  }

  /** Waits until there is a primary, a synchronous standby and another standby. Returns the first two. */
  async whole(): Promise<{ primary: PatroniNode; standby: PatroniNode }> {
    return vi.waitFor(async () => {
      for (const node of this.nodes) node.expectRunning();
      const primary = await this.primary();
      const { members } = (await (await primary.ask('/cluster')).json()) as { members: readonly Member[] };
      const running = members.filter(({ state }) => state === 'running' || state === 'streaming');
      const nodeOf = (role: string): PatroniNode | undefined =>
        this.nodes.find(({ name }) => running.some((member) => member.role === role && member.name === name));
      const [leader, standby] = [nodeOf('leader'), nodeOf('sync_standby')];
      if (running.length < NODES.length || leader !== primary || !standby) {
        const logs = this.nodes.map(({ name, log }) => `${name}:\n${log.slice(-LOG_SHOWN)}`);
        throw new Error(`Not whole: ${JSON.stringify(members)}\n${logs.join('\n')}`);
      }
      return { primary, standby };
    }, PATIENCE);
  }

  async stopEtcd(): Promise<void> {
    await this.etcd?.stop();
  }

  /** Starts etcd on its files. */
  startEtcd(): void {
    const { folder, owner, etcdUrl } = this.settings;
    const peerUrl = `http://127.0.0.1:${this.etcdPeerPort}`;
    const options = [
      ['--data-dir', join(folder, 'etcd')],
      // Patroni 3.0 keeps stale keys of API v3 (docs/failover.md).
      ['--enable-v2=true'],
      ['--listen-client-urls', etcdUrl],
      ['--advertise-client-urls', etcdUrl],
      ['--listen-peer-urls', peerUrl],
      ['--initial-advertise-peer-urls', peerUrl],
      ['--initial-cluster', `default=${peerUrl}`],
      ['--log-level', 'error'],
    ];
    this.etcd = ChildServer.start('etcd', options.flat(), { cwd: folder, owner });
  }

  /** Kills all of it and removes its files. */
  async remove(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
    await this.proxy?.stop();
    await this.etcd?.stop();
    await rm(this.settings.folder, { recursive: true, force: true });
  }

  private async startAll(): Promise<void> {
    this.startEtcd();
    this.nodes = await Promise.all(NODES.map((name) => PatroniNode.create(name, this.settings)));
    for (const node of this.nodes) node.start();
    await this.startProxy();
    await this.whole();
    await vi.waitFor(() => this.query('SELECT 1'), PATIENCE);
  }

  private async startProxy(): Promise<void> {
    const { folder, owner } = this.settings;
    const file = join(folder, 'haproxy.cfg');
    await copyFile(PROXY_CONFIGURATION, file);
    const addresses = this.nodes.flatMap(({ name, postgresPort, patroniPort }) => [
      [name.toUpperCase(), `127.0.0.1:${postgresPort}`],
      [`${name.toUpperCase()}_PATRONI`, String(patroniPort)],
    ]);
    const env = { POSTGRES_LISTEN: `127.0.0.1:${this.proxyPort}`, ...Object.fromEntries(addresses) };
    this.proxy = ChildServer.start('haproxy', ['-db', '-f', file], { cwd: folder, owner, env });
  }
}
