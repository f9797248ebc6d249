import { TextField } from '../../../http/input/fields/text-fields.js';
import { type NewPasskey, NewPasskeyField } from '../auth/passkey.dto.js';

const NAME = { max: 64, description: 'How you tell it from your other passkeys.', example: 'MacBook' };

export class AddPasskeyDto {
  @NewPasskeyField()
  credential!: NewPasskey;

  @TextField({ ...NAME, optional: true })
  name?: string;
}

export class RenamePasskeyDto {
  @TextField(NAME)
  name!: string;
}
