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

  @ApiProperty({
    type: 'array',
    items: { type: 'string' },
    nullable: true,
    description: 'The networks it may be used from; null: from anywhere.',
    example: ['203.0.113.0/24'],
  })
  allowedNetworks!: string[] | null;

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

export class RotatedKeyView extends NewKeyView {
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when the old key works too; null: it stopped at once.',
    example: '2024-01-02T00:00:00.000Z',
  })
  previousValidUntil!: string | null;
}

/** What became of a key that was reported as leaked. */
export class LeakedKeyView {
  @ApiProperty({ description: 'Whether there was such a key. Either way there is none now.', example: true })
  revoked!: boolean;

  @ApiProperty({ type: String, nullable: true, example: 'key_4fT9xQ2mLr7bVc8sNd1a' })
  keyId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'Whose key it was.' })
  userId!: string | null;
}

export function presentKey(key: ApiKey): KeyView {
  return {
    keyId: key.keyId,
    name: key.name,
    scopes: key.scopes,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    allowedNetworks: key.allowedNetworks,
    createdAt: key.createdAt.toISOString(),
    lastUsed: key.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentNewKey({ key, secret }: { key: ApiKey; secret: string }): NewKeyView {
  return { ...presentKey(key), apiKey: secret };
}

export function presentRotatedKey(rotated: { key: ApiKey; secret: string }): RotatedKeyView {
  return { ...presentNewKey(rotated), previousValidUntil: rotated.key.previousValidUntil?.toISOString() ?? null };
}

export function presentLeakedKey(leaked: { keyId: string; userId: string } | undefined): LeakedKeyView {
  return { revoked: leaked !== undefined, keyId: leaked?.keyId ?? null, userId: leaked?.userId ?? null };
}
