import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { KeyScope } from '../../../modules/auth/decorators/key-scope.decorator.js';
import { Roles } from '../../../modules/auth/decorators/roles.decorator.js';
import { PasswordChange } from '../../../modules/auth/passwords/password-change.service.js';
import { UsersService } from '../../../modules/users/users.service.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { toPageRequest } from '../page-query.js';
import { presentUser, UserView } from './user.presenter.js';
import { ChangePasswordDto, ListUsersQuery, toProfileChange, UpdateProfileDto, UpdateUserDto } from './users.dto.js';

const UserId = (): MethodDecorator => ApiParam({ name: 'id', format: 'uuid', description: 'The id of the user.' });

@ApiTags('Users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordChange,
  ) {}

  @Get('me')
  @KeyScope('profile:read')
  @Operation({
    summary: 'Show who is logged in',
    description: 'The person of the access token or the API key (scope `profile:read`).',
    access: 'session or key',
    data: UserView,
  })
  async showMe(@CurrentPrincipal() principal: Principal): Promise<Answer<UserView>> {
    return answer('This is you', presentUser(await this.users.get(principal, principal.userId)));
  }

  @Patch('me')
  @Operation({
    summary: 'Change one’s own profile',
    description: 'Changes what is given and leaves the rest. A `name` is split at its first space.',
    access: 'session',
    body: true,
    data: UserView,
    refuses: ['username_taken'],
  })
  async updateMe(@CurrentPrincipal() principal: Principal, @Body() body: UpdateProfileDto): Promise<Answer<UserView>> {
    return answer('Profile updated', presentUser(await this.users.updateProfile(principal, toProfileChange(body))));
  }

  @Post('me/password')
  @Operation({
    summary: 'Change one’s own password',
    description: 'Takes the current password, and ends all other sessions of yours at once.',
    access: 'session',
    body: true,
    status: HttpStatus.OK,
    messageOnly: true,
    refuses: ['invalid_credentials', 'rate_limited', 'overloaded'],
  })
  async changePassword(
    @CurrentPrincipal() principal: Principal,
    @Body() body: ChangePasswordDto,
  ): Promise<Answer<null>> {
    await this.passwords.change(principal, body.currentPassword, body.newPassword);
    return answer('Password changed', null);
  }

  @Get()
  @Roles('admin')
  @KeyScope('users:read')
  @Operation({
    summary: 'List users',
    description: 'Newest first. For admins; an admin’s API key needs the scope `users:read`.',
    access: 'session or key',
    data: [UserView],
    paged: true,
    refuses: ['forbidden'],
  })
  async listUsers(@Query() query: ListUsersQuery): Promise<ListAnswer<UserView>> {
    return listAnswer('Users', await this.users.list({ ...query, ...toPageRequest(query) }), presentUser);
  }

  @Get(':id')
  @KeyScope('users:read')
  @UserId()
  @Operation({
    summary: 'Show a user',
    description: 'For admins, and for everybody about themselves.',
    access: 'session or key',
    data: UserView,
    refuses: ['forbidden', 'user_not_found'],
  })
  async showUser(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Answer<UserView>> {
    return answer('User', presentUser(await this.users.get(principal, id)));
  }

  @Patch(':id')
  @Roles('admin')
  @UserId()
  @Operation({
    summary: 'Change a user’s status or role',
    description:
      'An admin changes the status of ordinary users; a SUPER_ADMIN also that of admins, and grants roles. ' +
      'A new role, and any status but `active`, end all sessions of the person at once and for good.',
    access: 'session',
    body: true,
    data: UserView,
    refuses: ['forbidden', 'user_not_found', 'last_super_admin'],
  })
  async updateUser(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateUserDto,
  ): Promise<Answer<UserView>> {
    return answer('User updated', presentUser(await this.users.changeStanding(principal, id, body)));
  }

  @Delete(':id')
  @Roles('admin')
  @UserId()
  @Operation({
    summary: 'Delete a user',
    description: 'With sessions, API keys, artists and songs. Only a SUPER_ADMIN deletes admins.',
    access: 'session',
    refuses: ['forbidden', 'user_not_found', 'last_super_admin'],
  })
  async deleteUser(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.users.delete(principal, id);
  }
}
