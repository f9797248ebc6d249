import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ROLES, type Role } from '../../../common/principal.js';
import type { Login, Refreshed } from '../../../modules/auth/auth.service.js';
import type { IssuedAccessToken } from '../../../modules/auth/tokens/access-tokens.service.js';
import type { User } from '../../../modules/users/user.entity.js';

const TOKEN_EXAMPLE = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl';

export class LoginUserView {
  @ApiProperty({ format: 'uuid', example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' })
  id!: string;

  @ApiProperty({ format: 'idn-email', example: 'user@example.com' })
  email!: string;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;
}

export class RegisteredUserView extends LoginUserView {
  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ example: 'Doe' })
  lastName!: string;

  @ApiProperty({ format: 'date-time', example: '2024-01-15T10:30:00.000Z' })
  createdAt!: string;
}

export class RegistrationView {
  @ApiProperty({ type: () => RegisteredUserView })
  user!: RegisteredUserView;

  @ApiProperty({
    description: 'The access token, a JWT. Log in for one that can be refreshed.',
    example: TOKEN_EXAMPLE,
  })
  token!: string;
}

export class RefreshView {
  @ApiProperty({ description: 'The access token, a JWT.', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until the access token expires.', example: 3600 })
  expiresIn!: number;

  @ApiProperty({
    required: false,
    description: 'The refresh token to use next time. Only where the server rotates them (REFRESH_TOKEN_ROTATION).',
    example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
  })
  refreshToken?: string;
}

export class LoginView extends OmitType(RefreshView, ['refreshToken']) {
  @ApiProperty({ description: 'Renews the access token.', example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw' })
  refreshToken!: string;

  @ApiProperty({ type: () => LoginUserView })
  user!: LoginUserView;
}

export function presentRegistration({ user, accessToken }: IssuedAccessToken & { user: User }): RegistrationView {
  const { id, email, firstName, lastName, role, createdAt } = user;
  return { user: { id, email, firstName, lastName, role, createdAt: createdAt.toISOString() }, token: accessToken };
}

export function presentLogin({ user, accessToken, refreshToken, expiresInSeconds }: Login): LoginView {
  const { id, email, role } = user;
  return { token: accessToken, refreshToken, expiresIn: expiresInSeconds, user: { id, email, role } };
}

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: Refreshed): RefreshView {
  const renewed = { token: accessToken, expiresIn: expiresInSeconds };
  return refreshToken === undefined ? renewed : { ...renewed, refreshToken };
}
