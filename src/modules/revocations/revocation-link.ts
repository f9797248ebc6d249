import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { Database } from '../../database/database.js';

/** How {@link Revocations} queries the database. */
export interface RevocationLink {
  /** Milliseconds, from the start of a query, for which its result is current: less than the promised second. */
  readonly leaseMs: number;
  /** Whether there is a connection. The next one after a lost one is reported to the listener. */
  readonly isConnected: boolean;
  /** Connects. After a failure it keeps trying in the background. */
  open(): Promise<void>;
  /** @throws when there is no connection, or no result in time */
  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** What a link reports. */
export interface RevocationListener {
  /** There is a new connection: anything may have changed before it. */
  connected(): void;
  /** Something was revoked. */
  revoked(): void;
}

/**
 * For the embedded database, whose single session cannot listen for notifications. Only this process changes it, and
 * queries it after each change, so a result is current until the next one.
 */
export class EmbeddedRevocationLink implements RevocationLink {
  readonly leaseMs = Infinity;
  readonly isConnected = true;

  constructor(
    private readonly database: Database,
    private readonly listener: RevocationListener,
  ) {}

  open(): Promise<void> {
    this.listener.connected();
    return Promise.resolve();
  }

  query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return this.database.query<Row>(text, values);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Notified by the triggers that record revocations. */
const CHANNEL = 'stagedoor_revocations';
/** A result that takes longer would no longer be current. */
const QUERY_TIMEOUT_MS = 1000;
const RETRY_MS = 250;

/**
 * A connection to the PostgreSQL server apart from the pool, so that neither a busy pool nor a pooler delays it.
 * Reconnects after an error.
 */
export class ServerRevocationLink implements RevocationLink {
  readonly leaseMs = 900;
  private readonly logger = new Logger(ServerRevocationLink.name);
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private isClosed = false;
  private isLost = false;
  private opening: Promise<void> | undefined;
  /** Each is replaced once, whatever it still emits. */
  private readonly lost = new WeakSet<pg.Client>();

  constructor(
    private readonly serverUrl: string,
    private readonly listener: RevocationListener,
  ) {}

  get isConnected(): boolean {
    return this.client !== undefined;
  }

  open(): Promise<void> {
    this.opening = this.connect();
    return this.opening;
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.serverUrl,
      application_name: 'stagedoor-revocations',
      connectionTimeoutMillis: QUERY_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    client.on('notification', () => this.listener.revoked());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.lose(client, error);
      return;
    }
    this.client = client;
    if (this.isClosed) return;
    if (this.isLost) this.logger.log('Revocation connection restored; tokens are checked in memory again');
    this.isLost = false;
    this.listener.connected();
  }

  async query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    const { client } = this;
    if (!client) throw new Error('There is no connection to read revocations');
    try {
      return (await client.query<Row & pg.QueryResultRow>(text, values)).rows;
    } catch (error) {
      this.lose(client, error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.retry);
    await this.opening;
    await this.client?.end();
  }

  private lose(client: pg.Client, error?: unknown): void {
    if (this.lost.has(client)) return;
    this.lost.add(client);
    // Also one that failed before it listened, which would stay open otherwise.
    client.end().catch((reason: unknown) => this.logger.debug('Closed a lost connection', reason));
    if (this.isClosed) return;
    this.client = undefined;
    if (!this.isLost) {
      this.logger.warn('No connection for revocations; tokens are checked in the database until there is one', error);
    }
    this.isLost = true;
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      void this.open();
    }, RETRY_MS).unref();
  }
}
