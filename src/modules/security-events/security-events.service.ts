import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { requestContext } from '../../common/request-context.js';
import { AuditTrail } from './audit-trail.service.js';
import type { SecurityEventDetails, SecurityEventName } from './security-event.js';

/** Writes security events to the log at once, and on record a moment later, each with the address it came from. */
@Injectable()
export class SecurityEvents {
  private readonly logger = new Logger('SecurityEvent');

  constructor(
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  record(event: SecurityEventName, details: SecurityEventDetails): void {
    const context = requestContext.getStore();
    this.logger.log({ event, ...details, ip: context?.ip });
    const { actorId, userId, sessionId, keyId, ...rest } = details;
    const told = Object.entries(rest).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
    this.trail.append({
      id: newId(),
      event,
      actorId: actorId ?? null,
      userId: userId ?? null,
      sessionId: sessionId ?? null,
      keyId: keyId ?? null,
      ip: context?.ip ?? null,
      requestId: context?.requestId ?? null,
      details: Object.fromEntries(told),
      createdAt: this.clock.now(),
    });
  }
}
