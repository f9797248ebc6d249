import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';

/** How the picture of what was taken back asks the database. */
export interface RevocationLink {
  /** Milliseconds, from the moment of asking, for which an answer can be relied on: below the promised second. */
  readonly leaseMs: number;
  /** Ready to be asked. Where that fails, it goes on trying in the background. */
  open(): Promise<void>;
  /** @throws when there is no connection, or no answer in time */
  ask<Row extends object>(text: string, values: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** What a link tells of by itself. */
export interface RevocationListener {
  /** A new connection is there, and anything may have happened before. */
  connected(): void;
  /** Something was taken back. */
  news(): void;
}

/**
 * The embedded database: one session for everybody, so there is none to listen with, and nobody to listen to. Only this
 * process changes it, and asks after each change; an answer holds until the next one.
 */
export class EmbeddedRevocationLink implements RevocationLink {
  readonly leaseMs = Infinity;

  constructor(
    private readonly dataSource: DataSource,
    private readonly listener: RevocationListener,
  ) {}

  open(): Promise<void> {
    this.listener.connected();
    return Promise.resolve();
  }

  ask<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return this.dataSource.query<Row[]>(text, values);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Announced by the triggers that record what was taken back. */
const CHANNEL = 'stagedoor_revocations';
/** An answer that takes longer is of no use: the picture it would bring is no longer fresh. */
const ANSWER_TIMEOUT_MS = 1000;
const RETRY_MS = 250;

/**
 * A connection of its own to the PostgreSQL server, apart from the pool, so that neither a busy pool nor a pooler in
 * between delays what it is told. It comes back by itself.
 */
export class ServerRevocationLink implements RevocationLink {
  readonly leaseMs = 900;
  private readonly logger = new Logger(ServerRevocationLink.name);
  private client: pg.Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly serverUrl: string,
    private readonly listener: RevocationListener,
  ) {}

  async open(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.serverUrl,
      application_name: 'stagedoor-revocations',
      connectionTimeoutMillis: ANSWER_TIMEOUT_MS,
      query_timeout: ANSWER_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    client.on('notification', () => this.listener.news());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.lose(client, error);
      return;
    }
    this.client = client;
    this.listener.connected();
  }

  async ask<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    const { client } = this;
    if (!client) throw new Error('There is no connection to ask about revocations');
    try {
      return (await client.query<Row & pg.QueryResultRow>(text, values)).rows;
    } catch (error) {
      this.lose(client, error);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end();
  }

  private lose(client: pg.Client, error?: unknown): void {
    if (this.closed) return;
    if (this.client === client) {
      this.client = undefined;
      this.logger.warn(
        'Lost the connection that tells of revocations; tokens are checked in the database until it is back',
        error,
      );
    }
    // Also one that never came as far as listening, or it would stay for good.
    client.end().catch((reason: unknown) => this.logger.debug('Closing a lost connection', reason));
    this.retry ??= setTimeout(() => {
      this.retry = undefined;
      void this.open();
    }, RETRY_MS).unref();
  }
}
