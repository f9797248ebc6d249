import { ApiProperty } from '@nestjs/swagger';
import { SCOPES, type Scope } from '../../../common/principal.js';
import type { ApiKey } from '../../../modules/api-keys/api-key.entity.js';

export class KeyView {
  @ApiProperty({
    description: 'The name of the key in later calls; not a secret.',
    example: 'key_4fT9xQ2mLr7bVc8sNd1a',
  })
  keyId!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @ApiProperty({ enum: [...SCOPES], enumName: 'Scope', isArray: true, example: ['profile:read', 'artists:read'] })
  scopes!: Scope[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  expiresAt!: string | null;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Lags by up to 10 seconds.',
    example: null,
  })
  lastUsed!: string | null;
}

export class NewKeyView extends KeyView {
  @ApiProperty({
    description: 'The key itself. Shown this once: store it now.',
    example: 'sk_live_q3V8mZ1tK6bR0yXcN5uW7dPeJ2hLsGfA4CQoTi',
  })
  apiKey!: string;
}

export function presentKey(key: ApiKey): KeyView {
  return {
    keyId: key.keyId,
    name: key.name,
    scopes: key.scopes,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
    lastUsed: key.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentNewKey({ key, secret }: { key: ApiKey; secret: string }): NewKeyView {
  return { ...presentKey(key), apiKey: secret };
}
