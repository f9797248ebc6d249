import type { Scope } from '../../../common/principal.js';
import { ApiKeyExpiryField, ApiKeyNameField, ScopesField } from '../../../http/input/fields/api-key-fields.js';

export class CreateKeyDto {
  @ApiKeyNameField()
  name?: string | null;

  @ScopesField()
  scopes?: Scope[] | null;

  @ApiKeyExpiryField()
  expiresAt?: Date | null;
}
