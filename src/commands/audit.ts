import type { EntityManager } from 'typeorm';
import { newId } from '../common/ids.js';
import { AuditEvent } from '../modules/security-events/audit-event.entity.js';
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

function eventOf(
  event: SecurityEventName,
  via: string,
  { userId, keyId, ...details }: SecurityEventDetails,
): AuditEvent {
  const given = Object.entries({ via, ...details }).filter((entry) => entry[1] !== undefined);
  return {
    id: newId(),
    event,
    actorId: null,
    userId: userId ?? null,
    sessionId: null,
    keyId: keyId ?? null,
    ip: null,
    requestId: null,
    details: Object.fromEntries(given),
    createdAt: new Date(),
  };
}
