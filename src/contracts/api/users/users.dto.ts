import { ROLES, type Role, USER_STATUSES, type UserStatus } from '../../../common/principal.js';
import { ChoiceField } from '../../../http/input/fields/choice-field.js';
import { accepts, Field } from '../../../http/input/fields/field.js';
import { always } from '../../../http/input/fields/refusal.js';
import { SearchField } from '../../../http/input/fields/text-fields.js';
import type { InvitationInput } from '../../../modules/accounts/invitations.service.js';
import { splitName } from '../../../modules/users/person-name.js';
import { PageQuery } from '../page-query.js';
import { PersonDto } from './person.dto.js';

export class ListUsersQuery extends PageQuery {
  @SearchField({
    description: 'Part of an e-mail address, username or name, without regard to case; `%` and `_` are not wildcards.',
    example: 'john',
  })
  q?: string;

  @ChoiceField(ROLES, { optional: true, enumName: 'Role', description: 'Only users with this role.', example: 'admin' })
  role?: Role;

  @ChoiceField(USER_STATUSES, {
    optional: true,
    enumName: 'UserStatus',
    description: 'Only users with this status.',
    example: 'active',
  })
  status?: UserStatus;
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
    description: 'Any status but `active` ends all sessions of the user at once.',
    example: 'suspended',
  })
  status?: UserStatus;

  @Field({
    optional: true,
    rule: accepts((value) => value === true),
    message: 'must be true',
    diagnose: always({ code: 'not_allowed', allowed: ['true'] }),
    docs: {
      type: Boolean,
      enum: [true],
      description: 'Declares the address verified. Requires a recent login.',
      example: true,
    },
  })
  emailVerified?: true;
}

export class InviteUserDto extends PersonDto {
  @ChoiceField(ROLES, {
    optional: true,
    enumName: 'Role',
    description: 'Only a SUPER_ADMIN gives a role, after a recent login.',
    example: 'user',
  })
  role?: Role;
}

export function toInvitation({ name, ...rest }: InviteUserDto): InvitationInput {
  return { ...rest, ...splitName(name) };
}
