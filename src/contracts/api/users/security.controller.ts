import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { AccountSecurityService } from '../../../modules/accounts/account-security.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { presentSecurity, SecurityView } from './security.presenter.js';

@ApiTags('Users')
@Controller('users/me/security')
export class SecurityController {
  constructor(private readonly security: AccountSecurityService) {}

  @Get()
  @AllowLimitedSession()
  @Operation({
    summary: 'Get the security of your account',
    description: 'Returns what protects your account, and until when your login counts as recent.',
    answers: { data: SecurityView },
  })
  async showSecurity(@CurrentPrincipal() principal: Principal): Promise<Answer<SecurityView>> {
    return answer('Your security', presentSecurity(await this.security.describe(principal)));
  }
}
