import type { Scope } from '../../../common/principal.js';
import { ROTATION_OVERLAP_DEFAULT_SECONDS } from '../../../modules/api-keys/api-keys.service.js';
import { InstantField, IntegerField, NetworksField, ScopesField, TextField } from '../../edge/fields.js';

export class CreateKeyDto {
  @TextField({
    optional: true,
    nullable: true,
    max: 100,
    description: 'What the key is for. Left out: "API key".',
    example: 'My Integration Key',
  })
  name?: string | null;

  @ScopesField()
  scopes?: Scope[] | null;

  @InstantField({
    optional: true,
    nullable: true,
    description: 'When the key stops working. Left out: never by itself.',
  })
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
      'Seconds for which the old key goes on working beside the new one, at most a week; 0: it stops at once. ' +
      `Left out: ${ROTATION_OVERLAP_DEFAULT_SECONDS}, a day.`,
    example: 3600,
  })
  overlapSeconds?: number;
}

export class LeakedKeyDto {
  @TextField({
    max: 200,
    description: 'The whole text of the key that leaked.',
    example: 'sk_live_q3V8mZ1tK6bR0yXcN5uW7dPeJ2hLsGfA4CQoTi',
  })
  apiKey!: string;
}
