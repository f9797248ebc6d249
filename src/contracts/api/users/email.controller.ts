import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import type { Principal } from '../../../common/principal.js';
import { EmailChangeService } from '../../../modules/accounts/email-change.service.js';
import { EmailVerificationService } from '../../../modules/accounts/email-verification.service.js';
import { VerificationResendService } from '../../../modules/accounts/verification-resend.service.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { ChangeEmailDto, toAddressChange, VerifyEmailDto } from './email.dto.js';
import { presentUser, UserView } from './user.presenter.js';

@ApiTags('Account recovery')
@AllowLimitedSession()
@Controller('users/me/email')
export class EmailController {
  constructor(
    private readonly emailChanges: EmailChangeService,
    private readonly verification: EmailVerificationService,
    private readonly resends: VerificationResendService,
  ) {}

  @Post()
  @RecentLogin()
  @Operation({
    summary: 'Change your e-mail address',
    description:
      'Begins a change of your e-mail address: mails a code to the new address. Nothing changes until the code comes ' +
      'back to `POST /api/users/me/email/verify`. The response is the same where the address is taken. The old ' +
      'address, if it is verified, is notified and can undo the change for seven days, unless you prove here a second ' +
      'factor that you have had for seven days.',
    status: HttpStatus.ACCEPTED,
    answers: 'message',
    errors: [
      'second_factor_required',
      'invalid_credentials',
      'mail_not_configured',
      'passkeys_not_configured',
      'rate_limited',
      'overloaded',
    ],
  })
  async changeEmail(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ChangeEmailDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<null>> {
    await this.emailChanges.request(principal, toAddressChange(body), caller);
    return answer('A mail with a code is on its way to the new address', null);
  }

  @Post('verify')
  @Operation({
    summary: 'Verify your e-mail address with a code',
    description:
      'Verifies your e-mail address, or the one that you are changing it to, with the code that was mailed to it.',
    status: HttpStatus.OK,
    answers: { data: UserView },
    errors: ['invalid_code', 'email_taken', 'rate_limited'],
  })
  async verifyEmail(
    @CurrentPrincipal() principal: Principal,
    @Body() body: VerifyEmailDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<UserView>> {
    const user = await this.verification.verify(principal, body.code, caller);
    return answer('E-mail address verified', presentUser(user));
  }

  @Post('resend')
  @Operation({
    summary: 'Send the verification code again',
    description: 'Mails a new code to the address that awaits verification. Does nothing if there is none.',
    status: HttpStatus.ACCEPTED,
    answers: 'message',
    errors: ['mail_not_configured', 'rate_limited'],
  })
  async resendCode(@CurrentPrincipal() principal: Principal, @CurrentCaller() caller: Caller): Promise<Answer<null>> {
    await this.resends.resend(principal, caller);
    return answer('A mail with a code is on its way', null);
  }
}
