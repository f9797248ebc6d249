import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { type Page, type PageRequest, planPage, toPage } from '../../common/page.js';
import { deleteInBatches } from '../../database/purge.js';
import { AuditEvent } from './audit-event.entity.js';
import type { SecurityEventName } from './security-event.js';

const FLUSH_INTERVAL_MS = 600;
/** Rows a statement; each has ten parameters, and PostgreSQL takes 65,535. */
const BATCH_SIZE = 1000;
/** Events that wait while the database is away; beyond, the oldest are only in the log. */
const WAITING_MAX = 10_000;
const RETENTION_SECONDS = 90 * 86_400;

export interface AuditQuery extends Omit<PageRequest, 'offset'> {
  readonly event?: SecurityEventName;
  /** Whom it concerns. */
  readonly userId?: string;
}

/**
 * Security events on record. Written together within a second, so that a flood of failed logins is no flood of
 * writes; what a killed process had not written yet is in its log. Kept for 90 days.
 */
@Injectable()
export class AuditTrail implements BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditTrail.name);
  private waiting: AuditEvent[] = [];

  constructor(
    @InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>,
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  append(event: AuditEvent): void {
    this.waiting.push(event);
    if (this.waiting.length <= WAITING_MAX) return;
    this.waiting.shift();
    this.logger.warn('Too many security events wait for the database; the oldest are in the log alone');
  }

  /** Writes what waits. What could not be written waits on. */
  @Interval(FLUSH_INTERVAL_MS)
  async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH_SIZE);
      try {
        await this.events.createQueryBuilder().insert().values(batch).orIgnore().execute();
      } catch (error) {
        this.waiting.unshift(...batch);
        this.logger.warn('Could not write security events; trying again', error);
        return;
      }
    }
  }

  /** Newest first. The route has asked for the admin role. */
  async list(query: AuditQuery): Promise<Page<AuditEvent>> {
    await this.flush();
    const plan = planPage(query);
    const rows = this.events
      .createQueryBuilder('event')
      .orderBy('event.createdAt', 'DESC')
      .addOrderBy('event.id', 'DESC');
    if (query.event) rows.andWhere('event.event = :event', { event: query.event });
    if (query.userId) rows.andWhere('event.userId = :userId', { userId: query.userId });
    if (plan.by === 'cursor') rows.andWhere('(event.createdAt, event.id) < (:createdAt, :id)', plan.after);
    return { ...toPage(plan, await rows.limit(plan.size + 1).getMany(), null), offset: null };
  }

  /** Deletes what is older than 90 days; returns how many. */
  @Cron('17 3 * * *')
  async purge(): Promise<number> {
    const before = addSeconds(this.clock.now(), -RETENTION_SECONDS);
    const deleted = await deleteInBatches(this.dataSource, 'audit_events', 'created_at', before, BATCH_SIZE);
    this.logger.log({ msg: 'Purged old security events', deleted });
    return deleted;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }
}
