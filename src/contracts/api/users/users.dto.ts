import { invalidField } from '../../../common/domain-error.js';
import { ROLES, type Role, USER_STATUSES, type UserStatus } from '../../../common/principal.js';
import { splitName } from '../../../modules/users/person-name.js';
import type { ProfileChange } from '../../../modules/users/users.service.js';
import {
  ChoiceField,
  FullNameField,
  NewPasswordField,
  PasswordField,
  PhoneField,
  TextField,
  UsernameField,
} from '../../edge/fields.js';
import { SearchQuery } from '../page-query.js';

export class ListUsersQuery extends SearchQuery {
  @ChoiceField(ROLES, { optional: true, enumName: 'Role', description: 'Only people of this role.', example: 'admin' })
  role?: Role;

  @ChoiceField(USER_STATUSES, {
    optional: true,
    enumName: 'UserStatus',
    description: 'Only people of this status.',
    example: 'active',
  })
  status?: UserStatus;
}

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
}

export function toProfileChange({ name, ...change }: UpdateProfileDto): ProfileChange {
  if (name === undefined) return change;
  if (change.firstName !== undefined || change.lastName !== undefined) {
    throw invalidField('name', 'name cannot be used together with firstName or lastName');
  }
  return { ...change, ...splitName(name) };
}

export class ChangePasswordDto {
  @PasswordField()
  currentPassword!: string;

  @NewPasswordField()
  newPassword!: string;
}

export class UpdateUserDto {
  @ChoiceField(ROLES, {
    optional: true,
    enumName: 'Role',
    description: 'Only a SUPER_ADMIN grants roles.',
    example: 'admin',
  })
  role?: Role;

  @ChoiceField(USER_STATUSES, {
    optional: true,
    enumName: 'UserStatus',
    description: 'Anything but `active` ends all sessions of the person at once.',
    example: 'suspended',
  })
  status?: UserStatus;
}
