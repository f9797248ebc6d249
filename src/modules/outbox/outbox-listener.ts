import { Logger } from '@nestjs/common';
import pg from 'pg';

/** A trigger notifies it when a transaction that inserted messages commits. */
const CHANNEL = 'stagedoor_outbox';
const CONNECT_WITHIN_MS = 10_000;
const RECONNECT_AFTER_MS = 5000;

/**
 * Listens for new messages on its own connection, and reconnects. Notifications only shorten the wait for the next
 * poll: a lost one delays a message by at most one poll.
 */
export class OutboxListener {
  private readonly logger = new Logger(OutboxListener.name);
  private client: pg.Client | undefined;
  private reconnect: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(
    private readonly serverUrl: string,
    private readonly announced: () => void,
  ) {}

  async open(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.serverUrl,
      application_name: 'stagedoor-outbox',
      connectionTimeoutMillis: CONNECT_WITHIN_MS,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', (error) => this.lose(client, error));
    client.on('end', () => this.lose(client));
    client.on('notification', this.announced);
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.lose(client, error);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.reconnect);
    await this.client?.end();
  }

  private lose(client: pg.Client, error?: unknown): void {
    if (this.isClosed || this.client !== client) return;
    this.client = undefined;
    this.logger.debug('Lost the connection that announces messages; connecting again', error);
    client.end().catch((reason: unknown) => this.logger.debug('Closing a lost connection', reason));
    this.reconnect = setTimeout(() => void this.open(), RECONNECT_AFTER_MS).unref();
  }
}
