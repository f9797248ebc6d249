import { ApiProperty } from '@nestjs/swagger';
import {
  hasRole,
  type Principal,
  ROLES,
  type Role,
  USER_STATUSES,
  type UserStatus,
} from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdProperty, TimeProperty, EmailProperty } from '../../../http/docs/properties.js';
import { fullName } from '../../../modules/users/person-name.js';
import type { User } from '../../../modules/users/user.entity.js';

const SECOND_FACTORS = ['none', 'totp', 'passkey', 'both'] as const;
type SecondFactor = (typeof SECOND_FACTORS)[number];

export class UserView {
  @IdProperty(USER_ID)
  id!: string;

  @EmailProperty('john@example.com')
  email!: string;

  @ApiProperty({ description: 'In lower case.', example: 'john.doe' })
  username!: string;

  @ApiProperty({ description: 'First and last name.', example: 'John Doe' })
  name!: string;

  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ description: 'Empty for a name of one word.', example: 'Doe' })
  lastName!: string;

  @ApiProperty({ type: String, nullable: true, example: '+12025550123' })
  phone!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'A BCP 47 language tag.', example: null })
  locale!: string | null;

  @ApiProperty({ description: 'Whether the user has proved that they receive mail at the address.', example: false })
  emailVerified!: boolean;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;

  @ApiProperty({ enum: [...USER_STATUSES], enumName: 'UserStatus', example: 'active' })
  status!: UserStatus;

  @ApiProperty({
    enum: [...SECOND_FACTORS],
    enumName: 'SecondFactor',
    required: false,
    description: 'The second factors of the user. Only in the session of an admin.',
    example: 'none',
  })
  secondFactor?: SecondFactor;

  @TimeProperty()
  createdAt!: string;

  @TimeProperty()
  updatedAt!: string;
}

export function presentUser(user: User): UserView {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    name: fullName(user),
    firstName: user.firstName,
    lastName: user.lastName,
    phone: user.phone,
    locale: user.locale,
    emailVerified: user.emailVerifiedAt !== null,
    role: user.role,
    status: user.status,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}

/** With what the principal may see of other users: in the session of an admin, their second factors. */
export function presentUserTo(principal: Principal): (user: User) => UserView {
  const seesFactors = principal.kind === 'session' && hasRole(principal, 'admin');
  return (user) => ({ ...presentUser(user), ...(seesFactors && { secondFactor: secondFactorOf(user) }) });
}

function secondFactorOf({ totpEnabledAt, passkeyCount }: User): SecondFactor {
  if (totpEnabledAt === null) return passkeyCount > 0 ? 'passkey' : 'none';
  return passkeyCount > 0 ? 'both' : 'totp';
}
