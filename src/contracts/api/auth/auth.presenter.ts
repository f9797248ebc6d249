import { ApiProperty } from '@nestjs/swagger';
import type { Login, Refreshed } from '../../../modules/auth/auth.service.js';
import { presentUser, UserView } from '../users/user.presenter.js';

const TOKEN_EXAMPLE = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl';

export class LoginView {
  @ApiProperty({ type: () => UserView })
  user!: UserView;

  @ApiProperty({
    description: 'The access token, a JWT. Send it as `Authorization: Bearer …`.',
    example: TOKEN_EXAMPLE,
  })
  token!: string;

  @ApiProperty({
    description: 'Renews the access token, and stays the same. Opaque; keep it safe.',
    example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
  })
  refreshToken!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until the access token expires.', example: 3600 })
  expiresIn!: number;
}

export class RefreshView {
  @ApiProperty({ description: 'The new access token.', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires.', example: 3600 })
  expiresIn!: number;

  @ApiProperty({
    required: false,
    description: 'The refresh token to use next time. Only where the server rotates them (REFRESH_TOKEN_ROTATION).',
    example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
  })
  refreshToken?: string;
}

export function presentLogin({ user, accessToken, refreshToken, expiresInSeconds }: Login): LoginView {
  return { user: presentUser(user), token: accessToken, refreshToken, expiresIn: expiresInSeconds };
}

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: Refreshed): RefreshView {
  const renewed = { token: accessToken, expiresIn: expiresInSeconds };
  return refreshToken === undefined ? renewed : { ...renewed, refreshToken };
}
