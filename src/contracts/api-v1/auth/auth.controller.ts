import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthService } from '../../../modules/auth/auth.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { Public } from '../../../modules/auth/decorators/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/decorators/request-credentials.decorator.js';
import { Operation } from '../api-v1.answers.js';
import { LoginDto, RefreshDto } from './auth.dto.js';
import { LoginView, LogoutView, presentLogin, presentRefresh, RefreshView } from './auth.presenter.js';

@ApiTags('Authentication')
@Public()
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('login')
  @Operation({
    summary: 'Log in',
    description: 'Opens a session by username and password.',
    body: true,
    status: HttpStatus.OK,
    answers: LoginView,
    refuses: ['invalid_credentials', 'unknown_username', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto): Promise<LoginView> {
    return presentLogin(await this.auth.logIn(body.username, body.password));
  }

  @Post('refresh')
  @Operation({
    summary: 'Renew the access token',
    description: 'Gives a new access token for a valid refresh token, which stays the same.',
    body: true,
    status: HttpStatus.OK,
    answers: RefreshView,
    refuses: ['invalid_refresh_token', 'rate_limited'],
  })
  async refresh(@Body() body: RefreshDto): Promise<RefreshView> {
    return presentRefresh(await this.auth.refresh(body.refreshToken));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    description: 'Ends the session of the access token: its tokens stop working at once.',
    status: HttpStatus.OK,
    session: true,
    answers: LogoutView,
  })
  async logOut(@RequestCredentials() credentials: Credentials): Promise<LogoutView> {
    await this.auth.logOut(credentials);
    return { message: 'Successfully logged out' };
  }
}
