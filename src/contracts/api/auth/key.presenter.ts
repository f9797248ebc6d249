import { ApiProperty } from '@nestjs/swagger';
import { SCOPES, type Scope } from '../../../common/principal.js';
import { API_KEY, KEY_ID } from '../../../http/docs/example-values.js';
import {
  ApiKeyProperty,
  KeyIdProperty,
  LastUsedProperty,
  NullableTimeProperty,
  TimeProperty,
} from '../../../http/docs/properties.js';
import type { ApiKey } from '../../../modules/api-keys/api-key.entity.js';

export class KeyView {
  @KeyIdProperty()
  keyId!: string;

  @ApiProperty({ example: 'My Integration Key' })
  name!: string;

  @ApiProperty({ enum: [...SCOPES], enumName: 'Scope', isArray: true, example: ['profile:read', 'artists:read'] })
  scopes!: Scope[];

  @NullableTimeProperty()
  expiresAt!: string | null;

  @ApiProperty({
    type: 'array',
    items: { type: 'string' },
    nullable: true,
    description: 'The networks that the key may be used from; null: anywhere.',
    example: ['203.0.113.0/24'],
  })
  allowedNetworks!: string[] | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The last four characters of the key, to recognize it by; null: it is older than this field.',
    example: API_KEY.slice(-4),
  })
  lastFour!: string | null;

  @NullableTimeProperty({
    description: 'When the previous secret expires or expired; null: there is none.',
  })
  previousValidUntil!: string | null;

  @TimeProperty()
  createdAt!: string;

  @LastUsedProperty()
  lastUsed!: string | null;
}

export class NewKeyView extends KeyView {
  @ApiKeyProperty()
  apiKey!: string;
}

/** The result of reporting a key as leaked. */
export class LeakedKeyView {
  @ApiProperty({
    description: 'Whether a key had this secret. In either case the secret is no longer valid.',
    example: true,
  })
  revoked!: boolean;

  @ApiProperty({ type: String, nullable: true, example: KEY_ID })
  keyId!: string | null;

  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: 'The owner of the key.' })
  userId!: string | null;
}

export function presentKey(key: ApiKey): KeyView {
  return {
    keyId: key.keyId,
    name: key.name,
    scopes: key.scopes,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    allowedNetworks: key.allowedNetworks,
    lastFour: key.lastFour,
    previousValidUntil: key.previousValidUntil?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
    lastUsed: key.lastUsedAt?.toISOString() ?? null,
  };
}

export function presentNewKey({ key, secret }: { key: ApiKey; secret: string }): NewKeyView {
  return { ...presentKey(key), apiKey: secret };
}

export function presentLeakedKey(leaked: { keyId: string; userId: string } | undefined): LeakedKeyView {
  return { revoked: leaked !== undefined, keyId: leaked?.keyId ?? null, userId: leaked?.userId ?? null };
}
