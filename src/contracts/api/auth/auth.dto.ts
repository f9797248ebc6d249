import { splitName } from '../../../modules/users/person-name.js';
import type { SignUpInput } from '../../../modules/auth/auth.service.js';
import {
  EmailField,
  Field,
  FullNameField,
  NewPasswordField,
  PasswordField,
  PhoneField,
  RefreshTokenField,
  UsernameField,
} from '../../edge/fields.js';
import { codePointCount, collapseSpace } from '../../../common/text.js';

export class SignUpDto {
  @EmailField()
  email!: string;

  @FullNameField()
  name!: string;

  @NewPasswordField()
  password!: string;

  @PhoneField({ optional: true, nullable: true })
  phone?: string | null;

  @UsernameField({ optional: true, nullable: true })
  username?: string | null;
}

export function toSignUp({ name, ...rest }: SignUpDto): SignUpInput {
  return { ...rest, ...splitName(name) };
}

const STRICT_NAME = /^[\p{L}\p{M} .\-'’]+$/u;

/** 2 to 50 letters and marks of any script, space, `.`, `-`, `'`, `’`. This rule holds at register alone. */
function StrictNameField(example: string): PropertyDecorator {
  return Field({
    normalize: (value) => (typeof value === 'string' ? collapseSpace(value) : value),
    accepts: (value) =>
      typeof value === 'string' &&
      STRICT_NAME.test(value) &&
      /\p{L}/u.test(value) &&
      codePointCount(value) >= 2 &&
      codePointCount(value) <= 50,
    otherwise: `must be 2 to 50 letters, spaces, periods, hyphens or apostrophes`,
    docs: {
      type: String,
      minLength: 2,
      maxLength: 50,
      description: 'Letters of any script, spaces, periods, hyphens and apostrophes.',
      example,
    },
  });
}

export class RegisterDto {
  @EmailField()
  email!: string;

  @NewPasswordField()
  password!: string;

  @StrictNameField('John')
  firstName!: string;

  @StrictNameField('Doe')
  lastName!: string;

  @PhoneField({ optional: true, nullable: true })
  phone?: string | null;

  @UsernameField({ optional: true, nullable: true })
  username?: string | null;
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

export class LogoutDto {
  @RefreshTokenField({ optional: true, nullable: true })
  refreshToken?: string | null;
}
