import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthService } from '../../../modules/auth/auth.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { Public } from '../../../modules/auth/decorators/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/decorators/request-credentials.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { LoginDto, LogoutDto, RefreshDto, RegisterDto, SignUpDto, toSignUp } from './auth.dto.js';
import { LoginView, presentLogin, presentRefresh, RefreshView } from './auth.presenter.js';

/** What the published document prints for sign-up and login alike. */
const LOGGED_IN = 'You have logged in successfully!';

@ApiTags('Authentication')
@Public()
@Controller('auth')
export class AuthController {
  constructor(private readonly auth: AuthService) {}

  @Post('signup')
  @Operation({
    summary: 'Sign up',
    description: 'Makes an account from an e-mail address, a whole name and a password, and logs it in.',
    access: 'public',
    body: true,
    status: HttpStatus.CREATED,
    data: LoginView,
    message: LOGGED_IN,
    refuses: ['email_taken', 'username_taken', 'rate_limited', 'overloaded'],
  })
  async signUp(@Body() body: SignUpDto): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.auth.signUp(toSignUp(body))));
  }

  @Post('register')
  @Operation({
    summary: 'Register',
    description: 'Makes an account from first and last name, and logs it in.',
    access: 'public',
    body: true,
    status: HttpStatus.CREATED,
    data: LoginView,
    message: LOGGED_IN,
    refuses: ['email_taken', 'username_taken', 'rate_limited', 'overloaded'],
  })
  async register(@Body() body: RegisterDto): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.auth.signUp(body)));
  }

  @Post('login')
  @Operation({
    summary: 'Log in',
    description: 'Opens a session. An unknown address, a wrong password and a suspended account get the same answer.',
    access: 'public',
    body: true,
    status: HttpStatus.OK,
    data: LoginView,
    message: LOGGED_IN,
    refuses: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.auth.logIn(body.email, body.password)));
  }

  @Post('refresh')
  @Operation({
    summary: 'Renew the access token',
    description: 'The refresh token stays the same, and stays valid until the session ends.',
    access: 'public',
    body: true,
    status: HttpStatus.OK,
    data: RefreshView,
    refuses: ['invalid_refresh_token', 'rate_limited'],
  })
  async refresh(@Body() body: RefreshDto): Promise<Answer<RefreshView>> {
    return answer('Token refreshed', presentRefresh(await this.auth.refresh(body.refreshToken)));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    description:
      'Ends the session of the access token, that of the refresh token, or both. Its tokens stop working at once. ' +
      'An unknown refresh token is logged out already.',
    access: 'public or session',
    body: true,
    messageOnly: true,
  })
  async logOut(@RequestCredentials() credentials: Credentials, @Body() body: LogoutDto): Promise<Answer<null>> {
    await this.auth.logOut(credentials, body.refreshToken ?? undefined);
    return answer('You have logged out', null);
  }
}
