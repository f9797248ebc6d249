import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Freshness } from '../../common/freshness.js';
import { CONFIG, type Config } from '../../config/env.js';
import { deleteInBatches } from '../../database/purge.js';
import { DATABASE, type OpenDatabase } from '../../database/open-database.js';
import { EmbeddedRevocationLink, type RevocationLink, ServerRevocationLink } from './revocation-link.js';
import type { RevocationKind } from './revocation.entity.js';

const ASK_EVERY_MS = 300;
const PURGE_BATCH_SIZE = 1000;
/** The app's clock and the database's may differ by this much, in seconds. */
const CLOCK_MARGIN_SECONDS = 300;

interface News {
  /** The oldest transaction that was still running: whatever is older has been seen. */
  readonly horizon: string;
  readonly ids: readonly string[] | null;
  readonly kinds: readonly RevocationKind[] | null;
  readonly subjects: readonly string[] | null;
}

/** How far the picture can be trusted at this moment. */
export interface RevocationStats {
  /** Milliseconds since the question was asked that was last answered; undefined before the first answer. */
  readonly lastAnswerAgeMs: number | undefined;
  readonly isSure: boolean;
  /** Sessions that are known to have ended while their tokens could still be valid. */
  readonly endedSessions: number;
}

/** Who wants to hear of what is taken back, to forget what they remember of it. */
export interface RevocationHandler {
  revoked(kind: RevocationKind, subject: string): void;
  /** Anything may have been missed. */
  missed(): void;
}

/**
 * A picture, in memory, of every session that ended while its tokens could still be valid. With it a token is checked
 * without asking the database, and refused everywhere within a second of being taken back.
 *
 * The database tells of changes by NOTIFY, but what is relied on is only what it answered when it was asked, which
 * happens a few times a second. While the last answer is too old the picture is not {@link isSure}, and callers ask
 * the database themselves: nobody gets in on doubt.
 */
@Injectable()
export class Revocations extends Freshness implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(Revocations.name);
  private readonly link: RevocationLink;
  private readonly handlers: RevocationHandler[] = [];
  private readonly maxAgeSeconds: number;
  /** Sessions that ended, in the order in which we learned of it, and when (milliseconds, monotonic). */
  private readonly endedSessions = new Map<string, number>();
  private horizon: string | undefined;
  /** The rows of the last answer. */
  private toldLast: ReadonlySet<string> = new Set();
  private sureUntil = 0;
  private answeredAt: number | undefined;
  private asking: Promise<void> | undefined;
  private askingNext: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(CONFIG) config: Config,
    @Inject(DATABASE) database: OpenDatabase,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {
    super();
    this.maxAgeSeconds = Math.max(config.accessTokenTtlSeconds, config.feedTokenTtlSeconds) + CLOCK_MARGIN_SECONDS;
    const listener = { connected: () => this.startOver(), news: () => void this.catchUp() };
    this.link =
      database.serverUrl === undefined
        ? new EmbeddedRevocationLink(dataSource, listener)
        : new ServerRevocationLink(database.serverUrl, listener);
  }

  async onModuleInit(): Promise<void> {
    await this.link.open();
    await this.catchUp();
    this.timer = setInterval(() => {
      // So early that one question may go unanswered.
      if (performance.now() + 2 * ASK_EVERY_MS >= this.sureUntil) void this.catchUp();
    }, ASK_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.askingNext;
    await this.asking;
    await this.link.close();
  }

  /** Whether the picture is fresh enough to be relied on. If not, ask the database. */
  override isSure(): boolean {
    return performance.now() < this.sureUntil;
  }

  /** Whether this session is known to have ended. Means nothing unless {@link isSure}. */
  hasEnded(sessionId: string): boolean {
    return this.endedSessions.has(sessionId);
  }

  stats(): RevocationStats {
    const lastAnswerAgeMs = this.answeredAt === undefined ? undefined : performance.now() - this.answeredAt;
    return { lastAnswerAgeMs, isSure: this.isSure(), endedSessions: this.endedSessions.size };
  }

  subscribe(handler: RevocationHandler): void {
    this.handlers.push(handler);
  }

  /**
   * Brings the picture up to everything that was committed before this call. Whoever has taken something back calls it
   * before answering, so that this instance refuses it from the next request on. Never fails: a picture that could
   * not be brought up to date is not sure any more, which is as good.
   */
  async catchUp(): Promise<void> {
    if (!this.asking) {
      this.asking = this.ask().finally(() => (this.asking = undefined));
      return this.asking;
    }
    // What runs may have looked before our change; all who come meanwhile share the next one.
    this.askingNext ??= this.asking.then(() => {
      this.askingNext = undefined;
      return this.catchUp();
    });
    return this.askingNext;
  }

  /** Deletes what concerns no token that could still be valid; returns how many. */
  @Cron('41 * * * *')
  async purge(): Promise<number> {
    // The database's clock wrote the times, and is not the app's.
    const before = new Date(Date.now() - this.maxAgeSeconds * 1000);
    return deleteInBatches(this.dataSource, 'revocations', 'revoked_at', before, PURGE_BATCH_SIZE);
  }

  private startOver(): void {
    this.horizon = undefined;
    for (const handler of this.handlers) handler.missed();
  }

  private async ask(): Promise<void> {
    const askedAt = performance.now();
    const { horizon } = this;
    try {
      const [news] = await this.link.ask<News>(
        `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon,
                array_agg(id::text) AS ids, array_agg(kind) AS kinds, array_agg(subject) AS subjects
           FROM revocations
          WHERE ${horizon === undefined ? "revoked_at > now() - $1 * interval '1 second'" : 'transaction_id >= $1'}`,
        [horizon ?? this.maxAgeSeconds],
      );
      // A connection that was lost and came back in between asks again from the start.
      if (!news || this.horizon !== horizon) return;
      this.horizon = news.horizon;
      // While an older transaction runs, the same rows come again with each answer.
      const told = this.toldLast;
      this.toldLast = new Set(news.ids);
      news.subjects?.forEach((subject, i) => {
        if (!told.has(news.ids?.[i] ?? '')) this.learn(news.kinds?.[i], subject, askedAt);
      });
      this.forgetBefore(askedAt - this.maxAgeSeconds * 1000);
      this.sureUntil = askedAt + this.link.leaseMs;
      this.answeredAt = askedAt;
    } catch (error) {
      this.sureUntil = 0;
      this.logger.debug('Could not ask about revocations', error);
    }
  }

  private learn(kind: RevocationKind | undefined, subject: string, now: number): void {
    if (kind === undefined) return;
    if (kind === 'session' && !this.endedSessions.has(subject)) this.endedSessions.set(subject, now);
    for (const handler of this.handlers) handler.revoked(kind, subject);
  }

  private forgetBefore(instant: number): void {
    for (const [sessionId, learnedAt] of this.endedSessions) {
      if (learnedAt > instant) return;
      this.endedSessions.delete(sessionId);
    }
  }
}
