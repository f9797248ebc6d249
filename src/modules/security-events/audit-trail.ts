import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { type Page, type PageRequest, planPage } from '../../common/page.js';
import { DomainError } from '../../common/domain-error.js';
import { hasRole, type Principal } from '../../common/principal.js';
import { readAll, readPage } from '../../database/listing.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { ExpiredRows } from '../../database/expired-rows.js';
import { AuditEvent } from './audit-event.entity.js';
import type { SecurityEventName } from './security-event.js';

const FLUSH_INTERVAL_MS = 600;
/** Rows of one INSERT. Each has ten parameters, and PostgreSQL allows 65,535. */
const BATCH_SIZE = 1000;
/** Events kept in memory while the database is unavailable. Beyond that, the oldest are only in the log. */
export const WAITING_MAX = 10_000;
const DAY_SECONDS = 86_400;

export interface AuditQuery extends Omit<PageRequest, 'offset'> {
  readonly event?: SecurityEventName;
  /** The user whom the event concerns. */
  readonly userId?: string;
}

/**
 * The audit log. Events are written in batches, within a second, so that many failed logins cost few writes. A shutdown
 * writes those of its last requests; events that a killed process had not written yet are only in its log. Events are
 * kept for `AUDIT_RETENTION_DAYS`.
 */
@Injectable()
export class AuditTrail implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditTrail.name);
  private waiting: AuditEvent[] = [];
  private isDropping = false;
  private isFailing = false;
  private flushed = Promise.resolve();

  constructor(
    @InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>,
    private readonly database: Database,
    private readonly expired: ExpiredRows,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  append(event: AuditEvent): void {
    this.waiting.push(event);
    if (this.waiting.length <= WAITING_MAX) return;
    this.waiting.shift();
    if (this.isDropping) return;
    this.isDropping = true;
    this.logger.warn(
      'Too many security events wait for the database; until it is back, the oldest are only in this log',
    );
  }

  /** Writes the waiting events, after the previous flush has finished. After a failure they wait for the next attempt. */
  @Interval(FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    this.flushed = this.flushed.then(() => this.writeWaiting());
    return this.flushed;
  }

  private async writeWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH_SIZE);
      try {
        await this.events.createQueryBuilder().insert().values(batch).orIgnore().execute();
      } catch (error) {
        this.waiting.unshift(...batch);
        if (!this.isFailing) this.logger.warn('Cannot write security events; trying again until it succeeds', error);
        this.isFailing = true;
        return;
      }
    }
    if (this.isFailing) this.logger.log('Security events are written again');
    this.isFailing = false;
    this.isDropping = false;
  }

  /** Begins before the drain, which may outlast the grace period, and so the process. The drain does not wait for it. */
  beforeApplicationShutdown(): void {
    void this.flush();
  }

  /** Writes the events of the last requests. Logs how many it could not write, which are in the log alone. */
  async close(): Promise<void> {
    await this.flush();
    const events = this.waiting.length;
    if (events > 0) this.logger.error({ msg: 'Security events were not written; they are only in this log', events });
  }

  /** Newest first, for admins. @throws DomainError `forbidden` */
  async list(principal: Principal, query: AuditQuery): Promise<Page<AuditEvent>> {
    if (!hasRole(principal, 'admin')) throw new DomainError('forbidden');
    await this.flush();
    const { event, userId } = query;
    const listing = { rows: this.events, where: { event, userId }, counted: false };
    return { ...(await readPage(this.database, planPage(query), listing)), offset: null };
  }

  /** Every event about a user, and every one that the user caused. `beforePage` as in {@link readAll}. */
  async *involving(userId: string, beforePage: () => Promise<void>): AsyncGenerator<AuditEvent> {
    await this.flush();
    yield* readAll(this.database, { rows: this.events, where: { userId } }, beforePage);
    const caused = { rows: this.events, where: { actorId: userId } };
    for await (const event of readAll(this.database, caused, beforePage)) {
      if (event.userId !== userId) yield event;
    }
  }

  /** Deletes events older than `AUDIT_RETENTION_DAYS`; returns how many. */
  @Cron('17 3 * * *')
  async purge(): Promise<number> {
    const deleted = await this.expired.delete(
      'audit_events',
      'created_at',
      this.config.auditRetentionDays * DAY_SECONDS,
    );
    this.logger.log({ msg: 'Purged old security events', deleted });
    return deleted;
  }
}
