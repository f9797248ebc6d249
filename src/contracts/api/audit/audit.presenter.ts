import { ApiProperty } from '@nestjs/swagger';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdProperty, TimeProperty } from '../../../http/docs/properties.js';
import type { AuditEvent } from '../../../modules/security-events/audit-event.entity.js';
import { SECURITY_EVENTS, type SecurityEventName } from '../../../modules/security-events/security-event.js';

export class AuditEventView {
  @IdProperty('01935c75-0a1b-7c2d-8e3f-4a5b6c7d8e9f')
  id!: string;

  @ApiProperty({ enum: [...SECURITY_EVENTS], enumName: 'SecurityEvent', example: 'user.role_changed' })
  event!: SecurityEventName;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The user who did it.', example: USER_ID })
  actorId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The user it is about.', example: USER_ID })
  userId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  sessionId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  keyId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The IP address of the request.', example: '198.51.100.7' })
  ip!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '4c8a00f1-7887-4e84-97d4-747a67b0680d' })
  requestId!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    description: 'Further details, depending on the event.',
    example: { from: 'user', to: 'admin' },
  })
  details!: Readonly<Record<string, string | number>>;

  @TimeProperty()
  createdAt!: string;
}

export function presentAuditEvent(event: AuditEvent): AuditEventView {
  return {
    id: event.id,
    event: event.event,
    actorId: event.actorId,
    userId: event.userId,
    sessionId: event.sessionId,
    keyId: event.keyId,
    ip: event.ip,
    requestId: event.requestId,
    details: event.details,
    createdAt: event.createdAt.toISOString(),
  };
}
