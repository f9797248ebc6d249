import type { EntityManager } from 'typeorm';
import { AuditEvent } from '../modules/security-events/audit-event.entity.js';
import { auditRow } from '../modules/security-events/audit-row.js';
import type { SecurityEventDetails, SecurityEventName } from '../modules/security-events/security-event.js';

/** Records what a command did, in the transaction that does it. `via` names the command; there is no actor. */
export async function audit(
  manager: EntityManager,
  event: SecurityEventName,
  via: string,
  details: SecurityEventDetails = {},
): Promise<void> {
  await manager.insert(AuditEvent, eventOf(event, via, details));
}

/** The same for each of many users, in one statement. */
export async function auditUsers(
  manager: EntityManager,
  event: SecurityEventName,
  via: string,
  userIds: readonly string[],
): Promise<void> {
  if (userIds.length === 0) return;
  await manager.insert(
    AuditEvent,
    userIds.map((userId) => eventOf(event, via, { userId })),
  );
}

function eventOf(event: SecurityEventName, via: string, details: SecurityEventDetails): AuditEvent {
  return auditRow(event, { via, ...details }, { ip: null, requestId: null }, new Date());
}
