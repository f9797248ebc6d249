import { ApiProperty } from '@nestjs/swagger';
import type { Session } from '../../../modules/auth/sessions/session.entity.js';

export class SessionView {
  @ApiProperty({ format: 'uuid', example: '01935c74-6f7a-7b81-a2c3-d4e5f6a7b8c9' })
  id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'What the client called itself when it logged in (User-Agent).',
    example: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
  })
  device!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Where the login came from: an IPv4 address, or the /64 network of an IPv6 one.',
    example: '198.51.100.7',
  })
  network!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When it was opened.', example: '2024-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When its access token was last renewed. Lags by a few seconds.',
    example: null,
  })
  lastUsed!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When it ends by itself.', example: '2024-01-31T00:00:00.000Z' })
  expiresAt!: string;

  @ApiProperty({ description: 'Whether it is the session of this call.', example: true })
  current!: boolean;
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
