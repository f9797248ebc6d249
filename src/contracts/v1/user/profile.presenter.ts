import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '../../../common/principal.js';
import type { User } from '../../../modules/users/user.entity.js';

export class ProfileUserView {
  @ApiProperty({ format: 'uuid', example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' })
  id!: string;

  @ApiProperty({ format: 'idn-email', example: 'user@example.com' })
  email!: string;

  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ description: 'Empty for people of one name.', example: 'Doe' })
  lastName!: string;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;

  @ApiProperty({ format: 'date-time', example: '2024-01-15T10:30:00.000Z' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-15T10:30:00.000Z' })
  updatedAt!: string;
}

export class ProfileView {
  @ApiProperty({ type: () => ProfileUserView })
  user!: ProfileUserView;
}

export function presentProfile({ id, email, firstName, lastName, role, createdAt, updatedAt }: User): ProfileView {
  const times = { createdAt: createdAt.toISOString(), updatedAt: updatedAt.toISOString() };
  return { user: { id, email, firstName, lastName, role, ...times } };
}
