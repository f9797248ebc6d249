import { ApiProperty } from '@nestjs/swagger';
import type { Login, Refreshed } from '../../../modules/auth/auth.service.js';

const TOKEN_EXAMPLE = 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkzNWM2ZSJ9.c2lnbmF0dXJl';
const REFRESH_TOKEN_EXAMPLE = 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw';

export class LoginUserView {
  @ApiProperty({ format: 'uuid', example: '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d' })
  id!: string;

  @ApiProperty({ example: 'jane.doe' })
  username!: string;

  @ApiProperty({ format: 'idn-email', example: 'jane.doe@example.com' })
  email!: string;
}

export class LoginView {
  @ApiProperty({ description: 'The access token, a JWT.', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until the access token expires.', example: 3600 })
  expires_in!: number;

  @ApiProperty({ description: 'Renews the access token.', example: REFRESH_TOKEN_EXAMPLE })
  refreshToken!: string;

  @ApiProperty({ type: () => LoginUserView })
  user!: LoginUserView;
}

export class RefreshView {
  @ApiProperty({ description: 'The new access token.', example: TOKEN_EXAMPLE })
  token!: string;

  @ApiProperty({ type: 'integer', description: 'Seconds until it expires.', example: 3600 })
  expires_in!: number;

  @ApiProperty({
    required: false,
    description: 'The refresh token to use next time. Only where the server rotates them (REFRESH_TOKEN_ROTATION).',
    example: 'kq0F5-1nTzqg0c8dQy1Ee0S4xq7nJv2dS9m3pX6ZtRw',
  })
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

export function presentRefresh({ accessToken, expiresInSeconds, refreshToken }: Refreshed): RefreshView {
  const renewed = { token: accessToken, expires_in: expiresInSeconds };
  return refreshToken === undefined ? renewed : { ...renewed, refreshToken };
}
