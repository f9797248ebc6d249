import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ROLES, type Role } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import {
  AccessTokenProperty,
  ExpiresInProperty,
  IdProperty,
  NextRefreshTokenProperty,
  RefreshTokenProperty,
  TimeProperty,
  EmailProperty,
} from '../../../http/docs/properties.js';
import type { Login } from '../../../modules/auth/login.service.js';
import type { RefreshedSession } from '../../../modules/sessions/sessions.service.js';
import type { IssuedAccessToken } from '../../../modules/tokens/access-token-issuer.js';
import type { User } from '../../../modules/users/user.entity.js';

export class LoginUserView {
  @IdProperty(USER_ID)
  id!: string;

  @EmailProperty('user@example.com')
  email!: string;

  @ApiProperty({ enum: [...ROLES], enumName: 'Role', example: 'user' })
  role!: Role;
}

export class RegisteredUserView extends LoginUserView {
  @ApiProperty({ example: 'John' })
  firstName!: string;

  @ApiProperty({ example: 'Doe' })
  lastName!: string;

  @TimeProperty()
  createdAt!: string;
}

export class RegistrationView {
  @ApiProperty({ type: () => RegisteredUserView })
  user!: RegisteredUserView;

  @AccessTokenProperty('The access token, a JWT. It cannot be refreshed: log in for a session.')
  token!: string;
}

export class RefreshView {
  @AccessTokenProperty()
  token!: string;

  @ExpiresInProperty()
  expiresIn!: number;

  @NextRefreshTokenProperty()
  refreshToken?: string;
}

export class LoginView extends OmitType(RefreshView, ['refreshToken']) {
  @RefreshTokenProperty()
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

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: RefreshedSession): RefreshView {
  return { token: accessToken, expiresIn: expiresInSeconds, ...(refreshToken !== undefined && { refreshToken }) };
}
