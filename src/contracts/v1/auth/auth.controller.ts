import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import { SignUpService } from '../../../modules/auth/sign-up.service.js';
import { LoginService } from '../../../modules/auth/login.service.js';
import { RefreshService } from '../../../modules/auth/refresh.service.js';
import { LogoutService } from '../../../modules/auth/logout.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/access/request-credentials.decorator.js';
import { type MessageOnly, Operation, type Success, success } from '../v1.answers.js';
import { LoginDto, RefreshDto, RegisterDto } from './auth.dto.js';
import {
  LoginView,
  presentLogin,
  presentRefresh,
  presentRegistration,
  RefreshView,
  RegistrationView,
} from './auth.presenter.js';

const LOGGED_OUT = 'Successfully logged out';

@ApiTags('Authentication')
@Public()
@Controller('auth')
export class AuthController {
  constructor(
    private readonly signUps: SignUpService,
    private readonly logins: LoginService,
    private readonly refreshes: RefreshService,
    private readonly logouts: LogoutService,
  ) {}

  @Post('register')
  @Operation({
    summary: 'Register',
    description:
      'Creates an account from an e-mail address, a password, a first and a last name, and issues an access token, ' +
      'which cannot be refreshed: log in for a session.',
    status: HttpStatus.CREATED,
    answers: { data: RegistrationView },
    errors: ['sign_up_closed', 'email_taken', 'rate_limited', 'overloaded'],
  })
  async register(@Body() body: RegisterDto, @CurrentCaller() caller: Caller): Promise<Success<RegistrationView>> {
    return success(presentRegistration(await this.signUps.signUpForOneToken(body, caller)));
  }

  @Post('login')
  @Operation({
    summary: 'Log in',
    description:
      'Opens a session with an e-mail address and a password: the response has an access token and a refresh token. ' +
      'An unknown e-mail address, a wrong password and a suspended account get the same response. Where the account ' +
      'has an authenticator app, the right password alone is answered with 401 `SECOND_FACTOR_REQUIRED`: send it ' +
      'again with the `code` of the app, or a recovery code.',
    status: HttpStatus.OK,
    answers: { data: LoginView },
    errors: ['invalid_credentials', 'second_factor_required', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto, @CurrentCaller() caller: Caller): Promise<Success<LoginView>> {
    return success(presentLogin(await this.logins.logIn(body.email, body.password, caller, body.code)));
  }

  @Post('refresh')
  @Operation({
    summary: 'Refresh the access token',
    description:
      'Exchanges the refresh token of a session for a new access token. Where the response has a `refreshToken`, it ' +
      'replaces the one that was sent; otherwise that one stays valid until the session ends.',
    status: HttpStatus.OK,
    answers: { data: RefreshView },
    errors: ['invalid_refresh_token', 'rate_limited'],
  })
  async refresh(@Body() body: RefreshDto, @CurrentCaller() caller: Caller): Promise<Success<RefreshView>> {
    return success(presentRefresh(await this.refreshes.refresh(body.refreshToken, caller)));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    credentials: 'token',
    description: 'Ends the session of the access token and revokes its tokens at once.',
    status: HttpStatus.OK,
    answers: { message: LOGGED_OUT },
  })
  async logOut(@RequestCredentials() credentials: Credentials, @CurrentCaller() caller: Caller): Promise<MessageOnly> {
    await this.logouts.logOut(credentials, caller);
    return { success: true, message: LOGGED_OUT };
  }
}
