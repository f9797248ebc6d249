import type { Scope } from '../../../common/principal.js';
import { InstantField, ScopesField, TextField } from '../../edge/fields.js';

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
}
