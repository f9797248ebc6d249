import { PhoneField, UsernameField } from '../../../http/input/fields/account-fields.js';
import { LocaleField } from '../../../http/input/fields/locale-field.js';
import { NewPasswordField, PasswordField } from '../../../http/input/fields/password-fields.js';
import { FullNameField, TextField } from '../../../http/input/fields/text-fields.js';
import { notTogether } from '../../../http/input/together.js';
import { splitName } from '../../../modules/users/person-name.js';
import type { ProfileChange } from '../../../modules/users/users.service.js';

export class UpdateProfileDto {
  @FullNameField({ optional: true })
  name?: string;

  @TextField({ optional: true, max: 50, description: 'Instead of `name`.', example: 'John' })
  firstName?: string;

  @TextField({ optional: true, max: 50, description: 'Instead of `name`.', example: 'Doe' })
  lastName?: string;

  @PhoneField({ optional: true, nullable: true })
  phone?: string | null;

  @UsernameField({ optional: true })
  username?: string;

  @LocaleField({ optional: true, nullable: true })
  locale?: string | null;
}

/** @throws DomainError `invalid_request` where the name is given twice */
export function toProfileChange({ name, ...change }: UpdateProfileDto): ProfileChange {
  if (name === undefined) return change;
  if (change.firstName !== undefined || change.lastName !== undefined) {
    throw notTogether('name', change.firstName !== undefined ? 'firstName' : 'lastName');
  }
  return { ...change, ...splitName(name) };
}

export class ChangePasswordDto {
  @PasswordField()
  currentPassword!: string;

  @NewPasswordField()
  newPassword!: string;
}
