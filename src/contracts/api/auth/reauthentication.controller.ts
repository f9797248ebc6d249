import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import type { Principal } from '../../../common/principal.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { ReauthenticationService } from '../../../modules/auth/reauthentication.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { PasskeyConfirmation, PasswordConfirmation, ReauthenticateDto, toProof } from './reauthentication.dto.js';
import { presentRecentLogin, RecentLoginView } from './reauthentication.presenter.js';

@ApiTags('Authentication')
@Controller('auth')
export class ReauthenticationController {
  constructor(private readonly reauthentication: ReauthenticationService) {}

  @Post('reauthenticate')
  @AllowLimitedSession()
  @ApiExtraModels(PasswordConfirmation, PasskeyConfirmation)
  @ApiBody({
    schema: {
      title: 'Confirmation',
      oneOf: [PasswordConfirmation, PasskeyConfirmation].map((one) => ({ $ref: getSchemaPath(one) })),
    },
  })
  @Operation({
    summary: 'Confirm who you are',
    description:
      'Confirms who you are, with your password or a passkey. Operations that require a recent login are allowed in ' +
      'this session for the next ten minutes. Where the account has an authenticator app, the password needs its ' +
      'code, or a recovery code. A passkey confirms alone: `credential` answers the options of `POST ' +
      '/api/auth/passkey/options`.',
    status: HttpStatus.OK,
    answers: { data: RecentLoginView },
    errors: ['invalid_credentials', 'second_factor_required', 'passkeys_not_configured', 'rate_limited', 'overloaded'],
  })
  async reauthenticate(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ReauthenticateDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<RecentLoginView>> {
    const recentUntil = await this.reauthentication.reauthenticate(principal, toProof(body), caller);
    return answer('Confirmed', presentRecentLogin(recentUntil));
  }
}
