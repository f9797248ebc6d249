import type { Scope } from '../../../common/principal.js';
import { API_KEY } from '../../../http/docs/example-values.js';
import {
  ApiKeyExpiryField,
  ApiKeyNameField,
  NetworksField,
  ScopesField,
} from '../../../http/input/fields/api-key-fields.js';
import { IntegerField } from '../../../http/input/fields/integer-fields.js';
import { TextField } from '../../../http/input/fields/text-fields.js';
import { ROTATION_OVERLAP_DEFAULT_SECONDS } from '../../../modules/api-keys/api-keys.service.js';

export class CreateKeyDto {
  @ApiKeyNameField()
  name?: string | null;

  @ScopesField()
  scopes?: Scope[] | null;

  @ApiKeyExpiryField()
  expiresAt?: Date | null;

  @NetworksField()
  allowedNetworks?: string[] | null;
}

export class RotateKeyDto {
  @IntegerField({
    optional: true,
    min: 0,
    max: 604_800,
    description:
      'Seconds for which the old key stays valid beside the new one, at most a week; 0 revokes it at once. ' +
      `Default: ${ROTATION_OVERLAP_DEFAULT_SECONDS}, a day.`,
    example: 3600,
  })
  overlapSeconds?: number;
}

export class LeakedKeyDto {
  @TextField({ max: 200, description: 'The whole key that leaked.', example: API_KEY })
  apiKey!: string;
}
