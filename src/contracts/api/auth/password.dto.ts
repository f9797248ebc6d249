import { EmailField } from '../../../http/input/fields/account-fields.js';
import { BooleanField } from '../../../http/input/fields/boolean-field.js';
import { CodeField } from '../../../http/input/fields/code-field.js';
import { NewPasswordField } from '../../../http/input/fields/password-fields.js';

export class ForgotPasswordDto {
  @EmailField()
  email!: string;
}

export class ResetPasswordDto {
  @CodeField()
  code!: string;

  @NewPasswordField()
  newPassword!: string;

  @BooleanField({
    optional: true,
    description: 'Keeps your API keys although the address of the account was never verified before.',
    example: false,
  })
  keepApiKeys?: boolean;
}
