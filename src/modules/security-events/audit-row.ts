import { newId } from '../../common/ids.js';
import type { AuditEvent } from './audit-event.entity.js';
import type { SecurityEventDetails, SecurityEventName } from './security-event.js';

/** The request that caused an event; null outside of requests. */
type Origin = Pick<AuditEvent, 'ip' | 'requestId'>;

/** The row of a new event. */
export function auditRow(
  event: SecurityEventName,
  { actorId, userId, sessionId, keyId, ...rest }: SecurityEventDetails,
  { ip, requestId }: Origin,
  createdAt: Date,
): AuditEvent {
  const given = Object.entries(rest).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return {
    id: newId(),
    event,
    actorId: actorId ?? null,
    userId: userId ?? null,
    sessionId: sessionId ?? null,
    keyId: keyId ?? null,
    ip,
    requestId,
    details: Object.fromEntries(given),
    createdAt,
  };
}
