import { ApiProperty } from '@nestjs/swagger';
import { SESSION_ID } from '../../../http/docs/example-values.js';
import { IdProperty, NullableTimeProperty, TimeProperty } from '../../../http/docs/properties.js';
import type { Session } from '../../../modules/sessions/session.entity.js';

export class SessionView {
  @IdProperty(SESSION_ID)
  id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The User-Agent of the login.',
    example: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  })
  device!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the login came from: an IPv4 address, or the /64 network of an IPv6 address.',
    example: '198.51.100.7',
  })
  network!: string | null;

  @TimeProperty({ description: 'When it was opened.' })
  createdAt!: string;

  @NullableTimeProperty({ description: 'When its access token was last refreshed, a few seconds late; null: never.' })
  lastUsed!: string | null;

  @TimeProperty({ description: 'When it expires.', example: '2024-01-31T00:00:00.000Z' })
  expiresAt!: string;

  @ApiProperty({ description: 'Whether this request belongs to it.', example: true })
  current!: boolean;
}

export function presentSessions(sessions: readonly Session[], currentId: string | undefined): SessionView[] {
  return sessions.map((session) => presentSession(session, currentId));
}

export function presentSession(session: Session, currentId: string | undefined): SessionView {
  return {
    id: session.id,
    device: session.device,
    network: session.network,
    createdAt: session.createdAt.toISOString(),
    lastUsed: session.lastUsedAt?.toISOString() ?? null,
    expiresAt: session.expiresAt.toISOString(),
    current: session.id === currentId,
  };
}
