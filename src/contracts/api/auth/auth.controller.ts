import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/access/request-credentials.decorator.js';
import type { Caller } from '../../../common/caller.js';
import { SignUpService } from '../../../modules/auth/sign-up.service.js';
import { LoginService } from '../../../modules/auth/login.service.js';
import { RefreshService } from '../../../modules/auth/refresh.service.js';
import { LogoutService } from '../../../modules/auth/logout.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { LoginDto, LogoutDto, RefreshDto, RegisterDto, SignUpDto, toSignUp } from './auth.dto.js';
import { LOGGED_IN, LoginView, presentLogin, presentRefresh, RefreshView } from './auth.presenter.js';

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

  @Post('signup')
  @Operation({
    summary: 'Sign up',
    description:
      'Creates an account from an e-mail address, a full name and a password, and logs the user in: the response has ' +
      'the account, an access token and a refresh token.',
    status: HttpStatus.CREATED,
    answers: { data: LoginView },
    errors: ['sign_up_closed', 'email_taken', 'username_taken', 'rate_limited', 'overloaded'],
  })
  async signUp(@Body() body: SignUpDto, @CurrentCaller() caller: Caller): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.signUps.signUp(toSignUp(body), caller)));
  }

  @Post('register')
  @Operation({
    summary: 'Register',
    description:
      'Creates an account from an e-mail address, a first name, a last name and a password, and logs the user in: the ' +
      'response has the account, an access token and a refresh token.',
    status: HttpStatus.CREATED,
    answers: { data: LoginView },
    errors: ['sign_up_closed', 'email_taken', 'username_taken', 'rate_limited', 'overloaded'],
  })
  async register(@Body() body: RegisterDto, @CurrentCaller() caller: Caller): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.signUps.signUp(body, caller)));
  }

  @Post('login')
  @Operation({
    summary: 'Log in',
    description:
      'Opens a session with an e-mail address and a password: the response has the account, an access token and a ' +
      'refresh token. An unknown e-mail address, a wrong password and a suspended account get the same response. ' +
      'Where the account has an authenticator app, the right password alone is answered with 401 ' +
      '`second_factor_required`: send it again with the `code` of the app, or a recovery code.',
    status: HttpStatus.OK,
    answers: { data: LoginView },
    errors: ['invalid_credentials', 'second_factor_required', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto, @CurrentCaller() caller: Caller): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.logins.logIn(body.email, body.password, caller, body.code)));
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
  async refresh(@Body() body: RefreshDto, @CurrentCaller() caller: Caller): Promise<Answer<RefreshView>> {
    return answer('Token refreshed', presentRefresh(await this.refreshes.refresh(body.refreshToken, caller)));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    credentials: 'optional token',
    description:
      'Ends the session of the access token, of the refresh token, or of both. Their tokens are revoked at once. An ' +
      'unknown refresh token counts as logged out already.',
    answers: 'message',
  })
  async logOut(
    @RequestCredentials() credentials: Credentials,
    @Body() body: LogoutDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<null>> {
    await this.logouts.logOut(credentials, caller, body.refreshToken ?? undefined);
    return answer('You have logged out', null);
  }
}
