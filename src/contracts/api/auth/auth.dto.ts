import { collapseSpace, hasLength } from '../../../common/text.js';
import { EmailField, PhoneField, UsernameField } from '../../../http/input/fields/account-fields.js';
import { SecondFactorField } from '../../../http/input/fields/code-field.js';
import { acceptsString, Field, onString } from '../../../http/input/fields/field.js';
import { ofString } from '../../../http/input/fields/refusal.js';
import { LocaleField } from '../../../http/input/fields/locale-field.js';
import { NewPasswordField, PasswordField } from '../../../http/input/fields/password-fields.js';
import { FullNameField, RefreshTokenField } from '../../../http/input/fields/text-fields.js';
import type { SignUpInput } from '../../../modules/auth/sign-up.service.js';
import { splitName } from '../../../modules/users/person-name.js';

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

  @LocaleField({ optional: true, nullable: true })
  locale?: string | null;
}

export function toSignUp({ name, ...rest }: SignUpDto): SignUpInput {
  return { ...rest, ...splitName(name) };
}

const NAME_CHARACTERS = /^[\p{L}\p{M} .\-'’]+$/u;
const LETTER = /\p{L}/u;

/** 2 to 50 letters and marks of any script, spaces, `.`, `-`, `'`, `’`. Only this operation has the rule. */
function StrictNameField(example: string): PropertyDecorator {
  return Field({
    normalize: onString(collapseSpace),
    rule: acceptsString((name) => hasLength(name, 2, 50) && NAME_CHARACTERS.test(name) && LETTER.test(name)),
    message: 'must be 2 to 50 letters, spaces, periods, hyphens or apostrophes',
    hint: (noun) => `Enter ${noun} of 2 to 50 letters, spaces, periods, hyphens or apostrophes`,
    diagnose: ofString({ min: 2, max: 50 }, { code: 'invalid_characters' }),
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

  @LocaleField({ optional: true, nullable: true })
  locale?: string | null;
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

export class LogoutDto {
  @RefreshTokenField({ optional: true, nullable: true })
  refreshToken?: string | null;
}
