import { Controller, Delete, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { SecondFactorRemovalService } from '../../../modules/auth/second-factor-removal.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { Operation } from '../api.answers.js';

@ApiTags('Second factors')
@Controller('users/:id/second-factor')
export class UserSecondFactorController {
  constructor(private readonly removals: SecondFactorRemovalService) {}

  @Delete()
  @Roles('admin')
  @RecentLogin()
  @IdParam('The id of the user.', USER_ID)
  @Operation({
    summary: 'Remove the second factors of a user',
    description:
      'Removes the authenticator app, recovery codes and passkeys of a user who lost access to them. Ends all of the ' +
      'user’s sessions and notifies the user by mail. For admins this requires the role SUPER_ADMIN.',
    errors: ['user_not_found'],
  })
  async removeSecondFactors(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.removals.removeAll(principal, id);
  }
}
