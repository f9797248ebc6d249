import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { addSeconds, Clock } from '../../common/clock.js';
import { requestContext } from '../../common/request-context.js';
import { auditRow } from './audit-row.js';
import { AuditTrail } from './audit-trail.js';
import type { SecurityEventDetails, SecurityEventName } from './security-event.js';

const RECORDED_ONCE_MAX = 10_000;

/** Writes security events to the log at once, and to the audit trail within a second, each with the client's address. */
@Injectable()
export class SecurityEvents {
  private readonly logger = new Logger('SecurityEvent');

  /** Until when an event is not recorded again. */
  private readonly recordedUntil = new LRUCache<string, Date>({ max: RECORDED_ONCE_MAX });

  /** Events of this instance since it started. */
  private readonly counts = new Map<SecurityEventName, number>();

  constructor(
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** Records only the first event with this key within `seconds`, so that a flood of requests causes no flood of events. */
  recordOnce(key: string, seconds: number, event: SecurityEventName, details: SecurityEventDetails): void {
    const now = this.clock.now();
    if ((this.recordedUntil.get(key) ?? now) > now) return;
    this.recordedUntil.set(key, addSeconds(now, seconds));
    this.record(event, details);
  }

  /** How often this instance recorded each event. */
  stats(): ReadonlyMap<SecurityEventName, number> {
    return this.counts;
  }

  record(event: SecurityEventName, details: SecurityEventDetails): void {
    this.counts.set(event, (this.counts.get(event) ?? 0) + 1);
    const context = requestContext.getStore();
    this.logger.log({ event, ...details, ip: context?.ip });
    const { ip = null, requestId = null } = context ?? {};
    this.trail.append(auditRow(event, details, { ip, requestId }, this.clock.now()));
  }
}
