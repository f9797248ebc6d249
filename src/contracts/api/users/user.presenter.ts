import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role, USER_STATUSES, type UserStatus } from '../../../common/principal.js';
import { fullName } from '../../../modules/users/person-name.js';
import type { User } from '../../../modules/users/user.entity.js';

export class UserView {
  @ApiProperty({ format: 'uuid', example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' })
  id!: string;

  @ApiProperty({ format: 'idn-email', description: 'In lower case.', example: 'john@example.com' })
  email!: string;

  @ApiProperty({ description: 'In lower case.', example: 'john.doe' })
  username!: string;

  @ApiProperty({ description: 'First and last name.', example: 'John Doe' })
  name!: string;

  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ description: 'Empty for people of one name.', example: 'Doe' })
  lastName!: string;

  @ApiProperty({ type: String, nullable: true, example: '+12025550123' })
  phone!: string | null;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;

  @ApiProperty({ enum: [...USER_STATUSES], enumName: 'UserStatus', example: 'active' })
  status!: UserStatus;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-01T00:00:00.000Z' })
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
    role: user.role,
    status: user.status,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  };
}
