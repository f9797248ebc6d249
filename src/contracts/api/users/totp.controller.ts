import { Body, Controller, Delete, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import type { Principal } from '../../../common/principal.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { OwnTotpService } from '../../../modules/auth/own-totp.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { VerifyTotpDto } from './totp.dto.js';
import {
  EnabledTotpView,
  NewTotpSecretView,
  presentEnabledTotp,
  presentNewSecret,
  RecoveryCodesView,
} from './totp.presenter.js';

@ApiTags('Second factors')
@RecentLogin()
@Controller('users/me')
export class TotpController {
  constructor(private readonly totp: OwnTotpService) {}

  @Post('totp')
  @CostlyWrite()
  @AllowLimitedSession()
  @Operation({
    summary: 'Begin to set up an authenticator app',
    description:
      'Begins to set up an authenticator app for your account: returns a secret for the app (TOTP: SHA-1, 6 digits, ' +
      '30 seconds), once. Nothing changes until the first code is verified with `POST /api/users/me/totp/verify`. ' +
      'Where the server sends mail, the address has to be verified first.',
    status: HttpStatus.CREATED,
    answers: { data: NewTotpSecretView },
    errors: ['second_factor_exists', 'second_factor_setup_required'],
  })
  async beginTotp(@CurrentPrincipal() principal: Principal): Promise<Answer<NewTotpSecretView>> {
    return answer('Enter the secret into your app', presentNewSecret(await this.totp.begin(principal)));
  }

  @Post('totp/verify')
  @CostlyWrite()
  @AllowLimitedSession()
  @Operation({
    summary: 'Turn the authenticator app on',
    description:
      'Turns the authenticator app of your account on, with the first code that it shows. From then on, logins by ' +
      'password ask for a code. Returns ten recovery codes, once, and ends all your other sessions.',
    status: HttpStatus.OK,
    answers: { data: EnabledTotpView },
    errors: ['invalid_code', 'second_factor_exists', 'second_factor_setup_required', 'overloaded'],
  })
  async verifyTotp(
    @CurrentPrincipal() principal: Principal,
    @Body() body: VerifyTotpDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<EnabledTotpView>> {
    const enabled = await this.totp.enable(principal, body.code, caller);
    return answer('Authenticator app set up', presentEnabledTotp(enabled));
  }

  @Delete('totp')
  @CostlyWrite()
  @Operation({
    summary: 'Remove the authenticator app',
    description:
      'Removes the authenticator app and the recovery codes from your account. Logins by password no longer ask for a ' +
      'code.',
    errors: ['second_factor_required_by_policy'],
  })
  async removeTotp(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.totp.remove(principal);
  }

  @Post('recovery-codes')
  @CostlyWrite()
  @Operation({
    summary: 'Generate new recovery codes',
    description:
      'Generates ten new recovery codes for your account and returns them, once. The old ones are invalid from then on.',
    status: HttpStatus.CREATED,
    answers: { data: RecoveryCodesView },
    errors: ['overloaded'],
  })
  async replaceRecoveryCodes(
    @CurrentPrincipal() principal: Principal,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<RecoveryCodesView>> {
    const recoveryCodes = await this.totp.replaceRecoveryCodes(principal, caller);
    return answer('New recovery codes', { recoveryCodes });
  }
}
