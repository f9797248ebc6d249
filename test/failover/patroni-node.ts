import { copyFile, mkdir, readFile, readlink, chown } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ChildServer } from '../support/child-server.js';
import { DatabaseProxy } from '../support/database-proxy.js';
import { freePort } from '../support/free-port.js';
import { childrenOf, findPrograms } from '../support/private-postgres.js';
import { signalIfRunning } from '../support/signal-if-running.js';
import type { Owner } from '../support/unprivileged.js';

const CONFIGURATION = resolve(import.meta.dirname, '../../deploy/patroni.yml');

export interface ClusterSettings {
  readonly folder: string;
  readonly owner: Owner;
  readonly etcdUrl: string;
  readonly superuserPassword: string;
  readonly replicationPassword: string;
  /** For switchovers through Patroni's API. */
  readonly apiPassword: string;
}

/** A machine of the cluster: Patroni as deploy/patroni.yml configures it, its PostgreSQL, and its way to etcd. */
export class PatroniNode {
  private patroni: ChildServer | undefined;

  private constructor(
    readonly name: string,
    readonly postgresPort: number,
    readonly patroniPort: number,
    private readonly folder: string,
    private readonly settings: ClusterSettings,
    private readonly etcd: DatabaseProxy,
  ) {}

  static async create(name: string, settings: ClusterSettings): Promise<PatroniNode> {
    const { owner, etcdUrl } = settings;
    const folder = join(settings.folder, name);
    await mkdir(folder);
    // The checkout may be closed to the account that PostgreSQL runs as.
    await copyFile(CONFIGURATION, join(folder, 'patroni.yml'));
    if (owner.uid !== undefined) await chown(folder, owner.uid, owner.gid ?? owner.uid);
    const etcd = new DatabaseProxy(new URL(etcdUrl));
    await etcd.start();
    return new PatroniNode(name, await freePort(), await freePort(), folder, settings, etcd);
  }

  start(): void {
    const { name, folder, settings } = this;
    const [postgres, patroni] = [`127.0.0.1:${this.postgresPort}`, `127.0.0.1:${this.patroniPort}`];
    const env = {
      PATRONI_NAME: name,
      PATRONI_ETCD_HOSTS: new URL(this.etcd.url).host,
      // Otherwise Patroni asks etcd for its own address, and goes around the proxy.
      PATRONI_ETCD_USE_PROXIES: 'true',
      PATRONI_RESTAPI_LISTEN: patroni,
      PATRONI_RESTAPI_CONNECT_ADDRESS: patroni,
      PATRONI_RESTAPI_USERNAME: 'patroni',
      PATRONI_RESTAPI_PASSWORD: settings.apiPassword,
      PATRONI_POSTGRESQL_LISTEN: postgres,
      PATRONI_POSTGRESQL_CONNECT_ADDRESS: postgres,
      PATRONI_POSTGRESQL_BIN_DIR: findPrograms(),
      PATRONI_POSTGRESQL_DATA_DIR: this.dataFolder,
      PATRONI_POSTGRESQL_PGPASS: join(folder, 'pgpass'),
      PATRONI_SUPERUSER_PASSWORD: settings.superuserPassword,
      PATRONI_REPLICATION_PASSWORD: settings.replicationPassword,
    };
    const options = { cwd: folder, owner: settings.owner, env };
    this.patroni = ChildServer.start('patroni', [join(folder, 'patroni.yml')], options);
  }

  expectRunning(): void {
    this.patroni?.expectRunning();
  }

  /** The end of the logs of Patroni and PostgreSQL. */
  get log(): string {
    return `${this.name}:\n${this.patroni?.log ?? ''}`;
  }

  /** Asks Patroni. Rejects when it does not answer. */
  ask(path: string, body?: object): Promise<Response> {
    const login = Buffer.from(`patroni:${this.settings.apiPassword}`).toString('base64');
    return fetch(`http://127.0.0.1:${this.patroniPort}${path}`, {
      headers: { authorization: `Basic ${login}` },
      signal: AbortSignal.timeout(30_000),
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
  }

  /** Whether Patroni says that this is the primary, as HAProxy asks it. */
  isPrimary(): Promise<boolean> {
    return this.ask('/primary').then(
      ({ status }) => status === 200,
      () => false,
    );
  }

  /** Cuts the connections to etcd, and refuses new ones. */
  cutFromEtcd(): Promise<void> {
    return this.etcd.stop();
  }

  reconnectToEtcd(): Promise<void> {
    return this.etcd.start();
  }

  /** Stops Patroni's process: its API accepts connections and does not answer, and PostgreSQL goes on. */
  hang(): void {
    this.patroni?.signal('SIGSTOP');
  }

  goOn(): void {
    this.patroni?.signal('SIGCONT');
  }

  /** As when the machine loses its power: Patroni, PostgreSQL and all its sessions. */
  async kill(): Promise<void> {
    await this.patroni?.stop('SIGKILL');
    const postmaster = await this.postmaster();
    if (postmaster === undefined) return;
    for (const pid of [postmaster, ...childrenOf(postmaster)]) signalIfRunning(pid, 'SIGKILL');
  }

  /** Kills it and closes its way to etcd. */
  async remove(): Promise<void> {
    await this.kill();
    await this.etcd.stop();
  }

  private get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** The process of PostgreSQL, which outlives Patroni; undefined where none runs in this node's data directory. */
  private async postmaster(): Promise<number | undefined> {
    try {
      const pid = Number((await readFile(join(this.dataFolder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      return (await readlink(`/proc/${pid}/cwd`)) === this.dataFolder ? pid : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
