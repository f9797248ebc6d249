import { Controller, Delete, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { ActiveSessionsService } from '../../../modules/sessions/active-sessions.service.js';
import { Operation } from '../api.answers.js';

@ApiTags('Sessions')
@Controller('users/:id/sessions')
export class UserSessionsController {
  constructor(private readonly sessions: ActiveSessionsService) {}

  @Delete()
  @Roles('admin')
  @IdParam('The id of the user.', USER_ID)
  @Operation({
    summary: 'End all sessions of a user',
    description:
      'Ends all sessions of a user, which logs the user out on every device. Only a SUPER_ADMIN can end the sessions of ' +
      'admins.',
    errors: ['user_not_found'],
  })
  async endUserSessions(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.sessions.revokeAllOf(principal, id);
  }
}
