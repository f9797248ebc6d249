import { Controller, Get, HttpStatus } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { KeyScope } from '../../../modules/auth/decorators/key-scope.decorator.js';
import { UsersService } from '../../../modules/users/users.service.js';
import { Operation, type Success, success } from '../v1.answers.js';
import { presentProfile, ProfileView } from './profile.presenter.js';

@ApiTags('User')
@Controller('user')
export class ProfileController {
  constructor(private readonly users: UsersService) {}

  @Get('profile')
  @KeyScope('profile:read')
  @Operation({
    summary: 'Show the profile',
    description: 'The person of the access token, or of the API key (scope `profile:read`).',
    access: 'session or key',
    status: HttpStatus.OK,
    answers: { data: ProfileView },
  })
  async showProfile(@CurrentPrincipal() principal: Principal): Promise<Success<ProfileView>> {
    return success(presentProfile(await this.users.get(principal, principal.userId)));
  }
}
