import { EmailField } from '../../../http/input/fields/account-fields.js';
import { SecondFactorField } from '../../../http/input/fields/code-field.js';
import { NewPasswordField, PasswordField } from '../../../http/input/fields/password-fields.js';
import { RefreshTokenField, TextField } from '../../../http/input/fields/text-fields.js';

const REQUIRED_KINDS = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{M}\p{N}\p{Z}]/u];
const REQUIREMENT = 'at least one uppercase letter, one lowercase letter, one number and one special character';

export class RegisterDto {
  @EmailField()
  email!: string;

  /** Only this operation has the rule. */
  @NewPasswordField({
    alsoAccepts: (password) => REQUIRED_KINDS.every((kind) => kind.test(password)),
    message: `with ${REQUIREMENT}`,
    description: `The new password, with ${REQUIREMENT}.`,
    example: 'SecurePass123!',
  })
  password!: string;

  @TextField({ max: 50, description: 'The first name.', example: 'John' })
  firstName!: string;

  @TextField({ max: 50, description: 'The last name.', example: 'Doe' })
  lastName!: string;
}

export class LoginDto {
  @EmailField()
  email!: string;

  @PasswordField()
  password!: string;

  @SecondFactorField({ optional: true })
  code?: string;
}

export class RefreshDto {
  @RefreshTokenField()
  refreshToken!: string;
}
