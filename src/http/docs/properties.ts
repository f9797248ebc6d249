import { ApiParam, ApiProperty } from '@nestjs/swagger';
import { EMAIL_DOCS } from '../input/fields/account-fields.js';
import type { Schema } from './document-parts.js';
import { ACCESS_TOKEN, API_KEY, KEY_ID, REFRESH_TOKEN } from './example-values.js';

/*
 * The documentation of response fields that several contracts have in common.
 */

/** OpenAPI 3.0 has no type for null, and allows null only beside a type: for a reference, it is one of two. */
export const NULL: Schema = { type: 'object', nullable: true, enum: [null] };

export function IdProperty(example: string, description?: string): PropertyDecorator {
  return ApiProperty({ type: String, format: 'uuid', ...(description && { description }), example });
}

interface TimeOptions {
  readonly description?: string;
  readonly example?: string;
}

export function TimeProperty({
  description,
  example = '2024-01-01T00:00:00.000Z',
}: TimeOptions = {}): PropertyDecorator {
  return ApiProperty({ type: String, format: 'date-time', ...(description && { description }), example });
}

export function NullableTimeProperty({ description }: TimeOptions = {}): PropertyDecorator {
  return ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    ...(description && { description }),
    example: null,
  });
}

export function AccessTokenProperty(description = 'The access token, a JWT.'): PropertyDecorator {
  return ApiProperty({ description, example: ACCESS_TOKEN });
}

export function ExpiresInProperty(example = 3600): PropertyDecorator {
  return ApiProperty({ type: 'integer', description: 'Seconds until the access token expires.', example });
}

export function RefreshTokenProperty(): PropertyDecorator {
  return ApiProperty({ description: 'The refresh token, an opaque string. Store it safely.', example: REFRESH_TOKEN });
}

/** Of a refresh: absent unless the server rotates refresh tokens. */
export function NextRefreshTokenProperty(): PropertyDecorator {
  return ApiProperty({
    required: false,
    description: 'The refresh token to use next. Present only where the server rotates them (REFRESH_TOKEN_ROTATION).',
    example: REFRESH_TOKEN,
  });
}

export function EmailProperty(example: string, description = 'The e-mail address, in lower case.'): PropertyDecorator {
  return ApiProperty({ ...EMAIL_DOCS, description, example });
}

/** An id in the path. */
export function IdParam(description: string, example: string, name = 'id'): MethodDecorator {
  return ApiParam({ name, description, schema: { type: 'string', format: 'uuid', example } });
}

/** An id in the path, or with `id_type` that of another register. */
export function AnyIdParam(description: string, example: string): MethodDecorator {
  return ApiParam({ name: 'id', description, schema: { type: 'string', example } });
}

export function KeyIdParam(): MethodDecorator {
  const description = 'The `keyId` of the API key, `key_…`.';
  return ApiParam({ name: 'keyId', description, schema: { type: 'string', example: KEY_ID } });
}

export function KeyIdProperty(): PropertyDecorator {
  return ApiProperty({ description: 'Identifies the key in other calls; not a secret.', example: KEY_ID });
}

export function ApiKeyProperty(): PropertyDecorator {
  return ApiProperty({ description: 'The key itself. It is shown only once: store it now.', example: API_KEY });
}

export function LastUsedProperty(): PropertyDecorator {
  return NullableTimeProperty({ description: 'When the key was last used, up to 10 seconds late; null: never.' });
}
