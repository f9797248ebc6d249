import { Body, Controller, Delete, Get, HttpStatus, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import type { Principal } from '../../../common/principal.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { PasswordChangeService } from '../../../modules/auth/password-change.service.js';
import { UserStandingService } from '../../../modules/users/user-standing.service.js';
import { UsersService } from '../../../modules/users/users.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { ChangePasswordDto, toProfileChange, UpdateProfileDto } from './me.dto.js';
import { presentUser, UserView } from './user.presenter.js';

@ApiTags('Users')
@Controller('users/me')
export class MeController {
  constructor(
    private readonly users: UsersService,
    private readonly standing: UserStandingService,
    private readonly passwords: PasswordChangeService,
  ) {}

  @AllowLimitedSession()
  @Get()
  @Scopes('profile:read')
  @Operation({
    summary: 'Get your profile',
    description: 'Returns the profile of the user whose access token or API key is sent.',
    answers: { data: UserView },
  })
  async showMe(@CurrentPrincipal() principal: Principal): Promise<Answer<UserView>> {
    return answer('Your profile', presentUser(await this.users.get(principal, principal.userId)));
  }

  @Patch()
  @Operation({
    summary: 'Update your profile',
    description: 'Changes those fields of your profile that are sent. A `name` is split at its first space.',
    answers: { data: UserView },
    errors: ['username_taken'],
  })
  async updateMe(@CurrentPrincipal() principal: Principal, @Body() body: UpdateProfileDto): Promise<Answer<UserView>> {
    return answer('Profile updated', presentUser(await this.users.updateProfile(principal, toProfileChange(body))));
  }

  @AllowLimitedSession()
  @Post('password')
  @CostlyWrite()
  @Operation({
    summary: 'Change your password',
    description: 'Changes your password, with the current one, and ends all your other sessions at once.',
    status: HttpStatus.OK,
    answers: 'message',
    errors: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async changePassword(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ChangePasswordDto,
    @CurrentCaller() caller: Caller,
  ): Promise<Answer<null>> {
    await this.passwords.change(principal, body.currentPassword, body.newPassword, caller);
    return answer('Password changed', null);
  }

  @AllowLimitedSession()
  @Delete()
  @RecentLogin()
  @Operation({
    summary: 'Delete your account',
    description:
      'Deletes your account with all sessions, API keys, artists and songs, at once and for good. The last active ' +
      'SUPER_ADMIN cannot be deleted.',
    errors: ['last_super_admin'],
  })
  async deleteMe(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.standing.deleteOwn(principal);
  }
}
