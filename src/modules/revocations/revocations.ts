import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { accessTokenLifetime, longestAccessTokenLifetime } from '../../config/access-token-lifetime.js';
import { CONFIG, type Config } from '../../config/config.js';
import { ExpiredRows } from '../../database/expired-rows.js';
import { Database } from '../../database/database.js';
import { RevokedSessions, SESSION_KINDS } from './revoked-sessions.js';
import { EmbeddedRevocationLink, type RevocationLink, ServerRevocationLink } from './revocation-link.js';
import { type ReadRevocation, RevocationReader, type Snapshot } from './revocation-reader.js';

const REFRESH_INTERVAL_MS = 300;
/** How far the clocks of the app and the database may differ. */
const CLOCK_MARGIN_SECONDS = 300;

/** How current the view is. */
export interface RevocationStats {
  /** Milliseconds since the start of the last successful query; undefined before the first. */
  readonly lastAnswerAgeMs: number | undefined;
  readonly isCurrent: boolean;
  /** Revoked sessions whose access tokens may not have expired yet. */
  readonly revokedSessions: number;
}

/** Drops what is cached of revoked credentials. */
export interface RevocationHandler {
  /** Called once per page, which may hold thousands of revocations. */
  revoked(revocations: readonly ReadRevocation[]): void;
  /** Any revocation may have been missed. */
  missed(): void;
}

/**
 * A view, in memory, of all revoked sessions whose access tokens may not have expired yet. With it a token is checked
 * without a query, and refused on every instance within a second of its revocation.
 *
 * A new connection first reads the revoked sessions, in pages, and then what has changed meanwhile. It needs no
 * revocations of keys, since nothing is cached of them at that moment.
 *
 * The database announces changes by NOTIFY, which can be lost with a connection, so the view relies only on the result
 * of its last query, made several times a second. While that is too old the view is not {@link isCurrent}, and callers query
 * the database instead.
 */
@Injectable()
export class Revocations implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly link: RevocationLink;
  private readonly handlers: RevocationHandler[] = [];
  private readonly reader: RevocationReader;
  private readonly revokedSessions: RevokedSessions;
  private readonly maxAgeSeconds: number;
  /** What was read already; undefined until the sessions of a new connection are. */
  private known: Snapshot | undefined;
  /** The reading of all sessions, while it goes on. */
  private loading: Promise<void> | undefined;
  private connections = 0;
  private currentUntil = 0;
  private refreshedAt: number | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) config: Config,
    database: Database,
    private readonly expired: ExpiredRows,
  ) {
    this.maxAgeSeconds = longestAccessTokenLifetime(config) + CLOCK_MARGIN_SECONDS;
    this.revokedSessions = new RevokedSessions({
      session: accessTokenLifetime(config, false) + CLOCK_MARGIN_SECONDS,
      key_bound_session: accessTokenLifetime(config, true) + CLOCK_MARGIN_SECONDS,
    });
    const listener = {
      connected: () => this.startLoading(),
      revoked: () => void this.catchUp(),
    };
    this.link =
      database.serverUrl === undefined
        ? new EmbeddedRevocationLink(database, listener)
        : new ServerRevocationLink(database.serverUrl, listener);
    this.reader = new RevocationReader(this.link);
  }

  async onModuleInit(): Promise<void> {
    await this.link.open();
    await this.loading;
    this.timer = setInterval(() => {
      // Early enough for one query to fail.
      if (performance.now() + 2 * REFRESH_INTERVAL_MS >= this.currentUntil) void this.catchUp();
    }, REFRESH_INTERVAL_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.connections++;
    await this.next;
    await this.running;
    await this.link.close();
    await this.loading;
  }

  /** Whether the view is current. While it is not, query the database. */
  isCurrent(): boolean {
    return performance.now() < this.currentUntil;
  }

  /** Whether a session was revoked. Meaningful only while {@link isCurrent}. */
  isRevoked(sessionId: string): boolean {
    return this.revokedSessions.has(sessionId);
  }

  stats(): RevocationStats {
    const lastAnswerAgeMs = this.refreshedAt === undefined ? undefined : performance.now() - this.refreshedAt;
    return { lastAnswerAgeMs, isCurrent: this.isCurrent(), revokedSessions: this.revokedSessions.size };
  }

  subscribe(handler: RevocationHandler): void {
    this.handlers.push(handler);
  }

  /**
   * Reads every revocation that was committed before this call. To be called after revoking something and before the
   * response, so that this instance refuses it from the next request on. Never fails: a view that could not be refreshed
   * is no longer current, which is as safe. Nor does it wait until all sessions are read, which it starts again where that
   * has failed.
   */
  async catchUp(): Promise<void> {
    if (this.known === undefined) {
      if (!this.loading && this.link.isConnected) this.startLoading();
      return;
    }
    if (!this.running) {
      this.running = this.refresh().finally(() => (this.running = undefined));
      return this.running;
    }
    // The running query may have started before the caller's change; all callers until it ends share the next one.
    this.next ??= this.running.then(() => {
      this.next = undefined;
      return this.catchUp();
    });
    return this.next;
  }

  /** Deletes revocations whose access tokens have all expired; returns how many. */
  @Cron('41 * * * *')
  async purge(): Promise<number> {
    return this.expired.delete('revocations', 'revoked_at', this.maxAgeSeconds);
  }

  private startLoading(): void {
    const loading = this.load().finally(() => {
      // A new connection may have started the next one.
      if (this.loading === loading) this.loading = undefined;
    });
    this.loading = loading;
  }

  /** Reads the revoked sessions through a new connection. Those that are known already stay. */
  private async load(): Promise<void> {
    const connection = ++this.connections;
    this.known = undefined;
    this.currentUntil = 0;
    for (const handler of this.handlers) handler.missed();
    try {
      const snapshot = await this.reader.snapshot();
      for (const kind of SESSION_KINDS) {
        for await (const sessionIds of this.reader.subjects(kind, this.revokedSessions.maxAgeSeconds[kind])) {
          if (connection !== this.connections) return;
          const now = performance.now();
          for (const sessionId of sessionIds) this.revokedSessions.add(kind, sessionId, now);
        }
      }
      if (connection !== this.connections) return;
      this.known = snapshot;
    } catch (error) {
      this.logger.debug('Could not read revoked sessions', error);
      return;
    }
    await this.catchUp();
  }

  private async refresh(): Promise<void> {
    const queriedAt = performance.now();
    const { known } = this;
    if (known === undefined) return;
    try {
      const pages = this.reader.changes(known);
      let page = await pages.next();
      for (; !page.done; page = await pages.next()) {
        this.apply(page.value, queriedAt);
      }
      // After a reconnection in between, everything is read again.
      if (this.known !== known) return;
      this.known = page.value;
      this.revokedSessions.dropExpired(queriedAt);
      this.currentUntil = queriedAt + this.link.leaseMs;
      this.refreshedAt = queriedAt;
    } catch (error) {
      this.currentUntil = 0;
      this.logger.debug('Could not read revocations', error);
    }
  }

  private apply(revocations: readonly ReadRevocation[], now: number): void {
    for (const { kind, subject } of revocations) {
      if (kind === 'session' || kind === 'key_bound_session') this.revokedSessions.add(kind, subject, now);
    }
    for (const handler of this.handlers) handler.revoked(revocations);
  }
}
