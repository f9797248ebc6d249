import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdProperty, TimeProperty, EmailProperty } from '../../../http/docs/properties.js';
import type { User } from '../../../modules/users/user.entity.js';

export class ProfileUserView {
  @IdProperty(USER_ID)
  id!: string;

  @EmailProperty('user@example.com')
  email!: string;

  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ description: 'Empty for a name of one word.', example: 'Doe' })
  lastName!: string;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;

  @TimeProperty()
  createdAt!: string;

  @TimeProperty()
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
