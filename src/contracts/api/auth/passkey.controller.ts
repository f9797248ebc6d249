import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { PasskeyLoginService } from '../../../modules/auth/passkey-login.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { LOGGED_IN, LoginView, presentLogin } from './auth.presenter.js';
import { PasskeyLoginDto, toAssertion } from './passkey.dto.js';
import { PasskeyRequestOptionsView, presentRequestOptions } from './passkey.presenter.js';

@ApiTags('Passkeys')
@Public()
@Controller('auth/passkey')
export class PasskeyController {
  constructor(private readonly logins: PasskeyLoginService) {}

  @Post('options')
  @Operation({
    summary: 'Get the options of a login by passkey',
    description:
      'Returns what `navigator.credentials.get()` takes to log in by passkey, for a button or for the autofill of a ' +
      'login form. It names no user and no passkey. The options also serve to confirm who you are with `POST ' +
      '/api/auth/reauthenticate`.',
    status: HttpStatus.OK,
    answers: { data: PasskeyRequestOptionsView },
    errors: ['passkeys_not_configured', 'rate_limited'],
  })
  async passkeyOptions(@CurrentCaller() caller: Caller): Promise<Answer<PasskeyRequestOptionsView>> {
    return answer('Passkey options', presentRequestOptions(await this.logins.options(caller)));
  }

  @Post()
  @Operation({
    summary: 'Log in by passkey',
    description:
      'Opens a session with a credential that a passkey has signed: the response has the account, an access token and ' +
      'a refresh token. A passkey counts as both factors, so no code is asked for. Whatever is wrong with the ' +
      'credential, the response is the same.',
    status: HttpStatus.OK,
    answers: { data: LoginView },
    errors: ['invalid_credentials', 'passkeys_not_configured', 'rate_limited'],
  })
  async logInByPasskey(@Body() body: PasskeyLoginDto, @CurrentCaller() caller: Caller): Promise<Answer<LoginView>> {
    return answer(LOGGED_IN, presentLogin(await this.logins.logIn(toAssertion(body.credential), caller)));
  }
}
