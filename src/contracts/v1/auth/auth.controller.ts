import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AuthService } from '../../../modules/auth/auth.service.js';
import type { Credentials } from '../../../modules/auth/authenticator.js';
import { Public } from '../../../modules/auth/decorators/public.decorator.js';
import { RequestCredentials } from '../../../modules/auth/decorators/request-credentials.decorator.js';
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
  constructor(private readonly auth: AuthService) {}

  @Post('register')
  @Operation({
    summary: 'Register',
    description: 'Creates an account. The token is valid once; log in for a session that can be refreshed.',
    access: 'public',
    body: true,
    status: HttpStatus.CREATED,
    answers: { data: RegistrationView },
    refuses: ['email_taken', 'rate_limited', 'overloaded'],
  })
  async register(@Body() body: RegisterDto): Promise<Success<RegistrationView>> {
    return success(presentRegistration(await this.auth.signUpWithoutRefresh(body)));
  }

  @Post('login')
  @Operation({
    summary: 'Log in',
    description: 'Opens a session. An unknown address, a wrong password and a suspended account get the same answer.',
    access: 'public',
    body: true,
    status: HttpStatus.OK,
    answers: { data: LoginView },
    refuses: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async logIn(@Body() body: LoginDto): Promise<Success<LoginView>> {
    return success(presentLogin(await this.auth.logIn(body.email, body.password)));
  }

  @Post('refresh')
  @Operation({
    summary: 'Renew the access token',
    description: 'The refresh token stays the same.',
    access: 'public',
    body: true,
    status: HttpStatus.OK,
    answers: { data: RefreshView },
    refuses: ['invalid_refresh_token', 'rate_limited'],
  })
  async refresh(@Body() body: RefreshDto): Promise<Success<RefreshView>> {
    return success(presentRefresh(await this.auth.refresh(body.refreshToken)));
  }

  @Post('logout')
  @Operation({
    summary: 'Log out',
    description: 'Ends the session of the access token: its tokens stop working at once.',
    access: 'session',
    status: HttpStatus.OK,
    answers: { message: LOGGED_OUT },
  })
  async logOut(@RequestCredentials() credentials: Credentials): Promise<MessageOnly> {
    await this.auth.logOut(credentials);
    return { success: true, message: LOGGED_OUT };
  }
}
