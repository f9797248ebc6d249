import { ApiProperty } from '@nestjs/swagger';
import {
  AccessTokenProperty,
  ExpiresInProperty,
  NextRefreshTokenProperty,
  RefreshTokenProperty,
} from '../../../http/docs/properties.js';
import type { Login } from '../../../modules/auth/login.service.js';
import type { RefreshedSession } from '../../../modules/sessions/sessions.service.js';
import { presentUser, UserView } from '../users/user.presenter.js';

/** The published document prints this message for sign-up and login alike. */
export const LOGGED_IN = 'You have logged in successfully!';

export class LoginView {
  @ApiProperty({ type: () => UserView })
  user!: UserView;

  @AccessTokenProperty('The access token, a JWT. Send it as `Authorization: Bearer …`.')
  token!: string;

  @RefreshTokenProperty()
  refreshToken!: string;

  @ExpiresInProperty()
  expiresIn!: number;
}

export class RefreshView {
  @AccessTokenProperty('The new access token.')
  token!: string;

  @ExpiresInProperty()
  expiresIn!: number;

  @NextRefreshTokenProperty()
  refreshToken?: string;
}

export function presentLogin({ user, accessToken, refreshToken, expiresInSeconds }: Login): LoginView {
  return { user: presentUser(user), token: accessToken, refreshToken, expiresIn: expiresInSeconds };
}

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: RefreshedSession): RefreshView {
  return { token: accessToken, expiresIn: expiresInSeconds, ...(refreshToken !== undefined && { refreshToken }) };
}
