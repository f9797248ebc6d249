import { ApiProperty } from '@nestjs/swagger';
import { USER_ID } from '../../../http/docs/example-values.js';
import {
  AccessTokenProperty,
  ExpiresInProperty,
  IdProperty,
  NextRefreshTokenProperty,
  RefreshTokenProperty,
  EmailProperty,
} from '../../../http/docs/properties.js';
import type { Login } from '../../../modules/auth/login.service.js';
import type { RefreshedSession } from '../../../modules/sessions/sessions.service.js';

export class LoginUserView {
  @IdProperty(USER_ID)
  id!: string;

  @ApiProperty({ example: 'jane.doe' })
  username!: string;

  @EmailProperty('jane.doe@example.com')
  email!: string;
}

export class LoginView {
  @AccessTokenProperty()
  token!: string;

  @ExpiresInProperty()
  expires_in!: number;

  @RefreshTokenProperty()
  refreshToken!: string;

  @ApiProperty({ type: () => LoginUserView })
  user!: LoginUserView;
}

export class RefreshView {
  @AccessTokenProperty('The new access token.')
  token!: string;

  @ExpiresInProperty()
  expires_in!: number;

  @NextRefreshTokenProperty()
  refreshToken?: string;
}

export class LogoutView {
  @ApiProperty({ example: 'Successfully logged out' })
  message!: string;
}

export function presentLogin({ accessToken, expiresInSeconds, refreshToken, user }: Login): LoginView {
  const { id, username, email } = user;
  return { token: accessToken, expires_in: expiresInSeconds, refreshToken, user: { id, username, email } };
}

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: RefreshedSession): RefreshView {
  return { token: accessToken, expires_in: expiresInSeconds, ...(refreshToken !== undefined && { refreshToken }) };
}
