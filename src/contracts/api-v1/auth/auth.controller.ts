import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/access/request-credentials.decorator.js';
import type { Caller } from '../../../common/caller.js';
import { LoginService } from '../../../modules/auth/login.service.js';
import { RefreshService } from '../../../modules/auth/refresh.service.js';
import { LogoutService } from '../../../modules/auth/logout.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { Operation } from '../api-v1.answers.js';
import { UNKNOWN_USERNAME } from '../api-v1.errors.js';
import { LoginDto, RefreshDto } from './auth.dto.js';
import { LoginView, LogoutView, presentLogin, presentRefresh, RefreshView } from './auth.presenter.js';

@ApiTags('Authentication')
@Public()
@Controller('auth')
export class AuthController {
  constructor(
    private readonly logins: LoginService,
    private readonly refreshes: RefreshService,
    private readonly logouts: LogoutService,
  ) {}

  @Post('login')
  @Operation({
    summary: 'Log in',
    description:
      'Opens a session with a username and a password: the response has an access token and a refresh token. Where ' +
      'the account has an authenticator app, `code` is needed too: that of the app, or a recovery code.',
    status: HttpStatus.OK,
    data: LoginView,
    errors: ['invalid_credentials', UNKNOWN_USERNAME, 'second_factor_required', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto, @CurrentCaller() caller: Caller): Promise<LoginView> {
    return presentLogin(await this.logins.logIn(body.username, body.password, caller, body.code));
  }

  @Post('refresh')
  @Operation({
    summary: 'Refresh the access token',
    description:
      'Exchanges the refresh token of a session for a new access token. Where the response has a `refreshToken`, it ' +
      'replaces the one that was sent; otherwise that one stays valid until the session ends.',
    status: HttpStatus.OK,
    data: RefreshView,
    errors: ['invalid_refresh_token', 'rate_limited'],
  })
  async refresh(@Body() body: RefreshDto, @CurrentCaller() caller: Caller): Promise<RefreshView> {
    return presentRefresh(await this.refreshes.refresh(body.refreshToken, caller));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    credentials: 'token',
    description: 'Ends the session of the access token and revokes its tokens at once.',
    status: HttpStatus.OK,
    data: LogoutView,
  })
  async logOut(@RequestCredentials() credentials: Credentials, @CurrentCaller() caller: Caller): Promise<LogoutView> {
    await this.logouts.logOut(credentials, caller);
    return { message: 'Successfully logged out' };
  }
}
