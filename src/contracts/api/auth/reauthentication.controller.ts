import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import { invalidField } from '../../../common/domain-error.js';
import type { Principal } from '../../../common/principal.js';
import { TimeProperty } from '../../../http/docs/properties.js';
import { SecondFactorField } from '../../../http/input/fields/code-field.js';
import { PasswordField } from '../../../http/input/fields/password-fields.js';
import { notTogether } from '../../../http/input/together.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { type ReauthenticationProof, ReauthenticationService } from '../../../modules/auth/reauthentication.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { type PasskeyAssertion, PasskeyAssertionField, toAssertion } from './passkey.dto.js';

export class PasswordConfirmation {
  @PasswordField()
  password!: string;

  @SecondFactorField({ optional: true })
  code?: string;
}

export class PasskeyConfirmation {
  @PasskeyAssertionField()
  credential!: PasskeyAssertion;
}

/** One of the two above. */
class ReauthenticateDto {
  @PasswordField({ optional: true })
  password?: string;

  @SecondFactorField({ optional: true })
  code?: string;

  @PasskeyAssertionField({ optional: true })
  credential?: PasskeyAssertion;
}

/** @throws DomainError `invalid_request` unless there is either a password or a credential; a code goes with a password */
function toProof({ password, code, credential }: ReauthenticateDto): ReauthenticationProof {
  if (credential !== undefined) {
    if (password !== undefined) throw notTogether('password', 'credential');
    if (code !== undefined) throw notTogether('code', 'credential');
    return { credential: toAssertion(credential) };
  }
  if (password !== undefined) return { password, code };
  throw invalidField({
    field: 'password',
    code: 'required',
    message: 'password is required, or credential instead of it',
    hint: 'Enter your password',
  });
}

export class RecentLoginView {
  @TimeProperty({ description: 'Until when operations that require a recent login are allowed.' })
  recentUntil!: string;
}

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
    data: RecentLoginView,
    errors: ['invalid_credentials', 'second_factor_required', 'passkeys_not_configured', 'rate_limited', 'overloaded'],
  })
  async reauthenticate(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ReauthenticateDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<RecentLoginView>> {
    const recentUntil = await this.reauthentication.reauthenticate(principal, toProof(body), caller);
    return answer('Confirmed', { recentUntil: recentUntil.toISOString() });
  }
}
