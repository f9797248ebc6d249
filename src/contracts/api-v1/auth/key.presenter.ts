import { ApiProperty } from '@nestjs/swagger';
import { ApiKeyProperty, KeyIdProperty, LastUsedProperty, TimeProperty } from '../../../http/docs/properties.js';
import type { ApiKey } from '../../../modules/api-keys/api-key.entity.js';

export class KeyView {
  @KeyIdProperty()
  keyId!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @TimeProperty()
  createdAt!: string;

  @LastUsedProperty()
  lastUsed!: string | null;
}

export class NewKeyView {
  @KeyIdProperty()
  keyId!: string;

  @ApiKeyProperty()
  apiKey!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @TimeProperty()
  createdAt!: string;
}

export function presentKey({ keyId, name, createdAt, lastUsedAt }: ApiKey): KeyView {
  return { keyId, name, createdAt: createdAt.toISOString(), lastUsed: lastUsedAt?.toISOString() ?? null };
}

export function presentNewKey({ key, secret }: { key: ApiKey; secret: string }): NewKeyView {
  return { keyId: key.keyId, apiKey: secret, name: key.name, createdAt: key.createdAt.toISOString() };
}
