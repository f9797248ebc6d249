import { ApiProperty } from '@nestjs/swagger';
import type { AuditEvent } from '../../../modules/security-events/audit-event.entity.js';
import { SECURITY_EVENTS, type SecurityEventName } from '../../../modules/security-events/security-event.js';

const USER_ID = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';

export class AuditEventView {
  @ApiProperty({ format: 'uuid', example: '01935c75-0a1b-7c2d-8e3f-4a5b6c7d8e9f' })
  id!: string;

  @ApiProperty({ enum: [...SECURITY_EVENTS], enumName: 'SecurityEvent', example: 'user.role_changed' })
  event!: SecurityEventName;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Who did it.', example: USER_ID })
  actorId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Whom it concerns.', example: USER_ID })
  userId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, example: null })
  sessionId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null })
  keyId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The address it came from.', example: '198.51.100.7' })
  ip!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '4c8a00f1-7887-4e84-97d4-747a67b0680d' })
  requestId!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    description: 'What else there is to say.',
    example: { from: 'user', to: 'admin' },
  })
  details!: Readonly<Record<string, string | number>>;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
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
