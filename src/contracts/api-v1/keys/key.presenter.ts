import { ApiProperty } from '@nestjs/swagger';
import type { ApiKey } from '../../../modules/api-keys/api-key.entity.js';

export class KeyView {
  @ApiProperty({
    description: 'The name of the key in later calls; not a secret.',
    example: 'key_4fT9xQ2mLr7bVc8sNd1a',
  })
  keyId!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @ApiProperty({ format: 'date-time', example: '2023-10-27T10:00:00.000Z' })
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

export class NewKeyView {
  @ApiProperty({
    description: 'The name of the key in later calls; not a secret.',
    example: 'key_4fT9xQ2mLr7bVc8sNd1a',
  })
  keyId!: string;

  @ApiProperty({
    description: 'The key itself. Shown this once: store it now.',
    example: 'sk_live_q3V8mZ1tK6bR0yXcN5uW7dPeJ2hLsGfA4CQoTi',
  })
  apiKey!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @ApiProperty({ format: 'date-time', example: '2023-10-27T10:00:00.000Z' })
  createdAt!: string;
}

export function presentKey({ keyId, name, createdAt, lastUsedAt }: ApiKey): KeyView {
  return { keyId, name, createdAt: createdAt.toISOString(), lastUsed: lastUsedAt?.toISOString() ?? null };
}

export function presentNewKey({ key, secret }: { key: ApiKey; secret: string }): NewKeyView {
  return { keyId: key.keyId, apiKey: secret, name: key.name, createdAt: key.createdAt.toISOString() };
}
