import { Controller, Get, HttpStatus } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { UsersService } from '../../../modules/users/users.service.js';
import { Operation, type Success, success } from '../v1.answers.js';
import { presentProfile, ProfileView } from './profile.presenter.js';

@ApiTags('User')
@Controller('user')
export class ProfileController {
  constructor(private readonly users: UsersService) {}

  @AllowLimitedSession()
  @Get('profile')
  @Scopes('profile:read')
  @Operation({
    summary: 'Get the profile',
    description: 'Returns the profile of the user whose access token or API key is sent.',
    status: HttpStatus.OK,
    answers: { data: ProfileView },
  })
  async showProfile(@CurrentPrincipal() principal: Principal): Promise<Success<ProfileView>> {
    return success(presentProfile(await this.users.get(principal, principal.userId)));
  }
}
