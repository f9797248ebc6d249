import { SecondFactorField } from '../../../http/input/fields/code-field.js';
import { PasswordField } from '../../../http/input/fields/password-fields.js';
import { RefreshTokenField, TextField } from '../../../http/input/fields/text-fields.js';

export class LoginDto {
  @TextField({ max: 254, description: 'The username. Case does not matter.', example: 'jane.doe' })
  username!: string;

  @PasswordField()
  password!: string;

  @SecondFactorField({ optional: true })
  code?: string;
}

export class RefreshDto {
  @RefreshTokenField()
  refreshToken!: string;
}
