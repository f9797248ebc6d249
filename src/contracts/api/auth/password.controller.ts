import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import { PasswordRecoveryService } from '../../../modules/accounts/password-recovery.service.js';
import { PasswordResetService } from '../../../modules/accounts/password-reset.service.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { ForgotPasswordDto, ResetPasswordDto } from './password.dto.js';

@ApiTags('Account recovery')
@Public()
@Controller('auth/password')
export class PasswordController {
  constructor(
    private readonly recovery: PasswordRecoveryService,
    private readonly resets: PasswordResetService,
  ) {}

  @Post('forgot')
  @Operation({
    summary: 'Request a password reset',
    description:
      'Mails a code that sets a new password to an e-mail address. The response is the same whether or not the ' +
      'address has an account.',
    status: HttpStatus.ACCEPTED,
    answers: 'message',
    errors: ['mail_not_configured', 'rate_limited'],
  })
  async forgotPassword(@Body() body: ForgotPasswordDto, @CurrentCaller() caller: Caller): Promise<Answer<null>> {
    await this.recovery.requestCode(body.email, caller);
    return answer('If the address has an account, a mail with a code is on its way', null);
  }

  @Post('reset')
  @Operation({
    summary: 'Set a new password with a code',
    description:
      'Sets a new password with the code of a password reset or of an invitation. Ends all sessions of the user and ' +
      'opens none: log in afterwards. A code that was mailed verifies the address. If the address was never verified ' +
      'before, such a code also removes second factors and a pending change of address, and deletes API keys unless ' +
      '`keepApiKeys` is true.',
    status: HttpStatus.OK,
    answers: 'message',
    errors: ['invalid_code', 'rate_limited', 'overloaded'],
  })
  async resetPassword(@Body() body: ResetPasswordDto, @CurrentCaller() caller: Caller): Promise<Answer<null>> {
    await this.resets.reset({ keepApiKeys: false, ...body }, caller);
    return answer('Password set; log in with it', null);
  }
}
