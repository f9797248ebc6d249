import { PASSWORD_MAX, PASSWORD_MIN } from '../../../common/password-policy.js';
import { codePointCount, isCleanText } from '../../../common/text.js';
import { EmailField, Field, PasswordField, RefreshTokenField, TextField } from '../../edge/fields.js';

const KINDS = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{M}\p{N}\p{Z}]/u];

/** At least one upper case letter, lower case letter, number and special character. This rule holds here alone. */
function StrictPasswordField(): PropertyDecorator {
  return Field({
    accepts: (value) => {
      if (typeof value !== 'string' || value.length > PASSWORD_MAX * 2 || !isCleanText(value)) return false;
      const length = codePointCount(value);
      return length >= PASSWORD_MIN && length <= PASSWORD_MAX && KINDS.every((kind) => kind.test(value));
    },
    otherwise:
      `must be ${PASSWORD_MIN} to ${PASSWORD_MAX} characters with at least one uppercase letter, one lowercase letter, ` +
      'one number and one special character',
    docs: {
      type: String,
      format: 'password',
      minLength: PASSWORD_MIN,
      maxLength: PASSWORD_MAX,
      description: 'At least one uppercase letter, one lowercase letter, one number and one special character.',
      example: 'SecurePass123!',
    },
  });
}

export class RegisterDto {
  @EmailField()
  email!: string;

  @StrictPasswordField()
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
}

export class RefreshDto {
  @RefreshTokenField()
  refreshToken!: string;
}
