import { Body, Controller, Delete, Get, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { InvitationsService } from '../../../modules/accounts/invitations.service.js';
import { ResetCodesService } from '../../../modules/accounts/reset-codes.service.js';
import { UserAdministrationService } from '../../../modules/accounts/user-administration.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Scopes } from '../../../modules/auth/access/scopes.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { UserStandingService } from '../../../modules/users/user-standing.service.js';
import { UsersService } from '../../../modules/users/users.service.js';
import { type Answer, answer, type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { toPageRequest } from '../page-query.js';
import { presentUser, presentUserTo, UserView } from './user.presenter.js';
import { InvitationView, presentInvitation, presentResetCode, ResetCodeView } from './invitation.presenter.js';
import { InviteUserDto, ListUsersQuery, toInvitation, UpdateUserDto } from './users.dto.js';

const UserId = (): MethodDecorator => IdParam('The id of the user.', USER_ID);

@ApiTags('Users')
@Controller('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly standing: UserStandingService,
    private readonly administration: UserAdministrationService,
    private readonly invitations: InvitationsService,
    private readonly resetCodes: ResetCodesService,
  ) {}

  @Get()
  @Roles('admin')
  @Scopes('users:read')
  @Operation({
    summary: 'List users',
    description: 'Lists all users, newest first.',
    answers: { page: UserView },
  })
  async listUsers(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListUsersQuery,
  ): Promise<ListAnswer<UserView>> {
    const { q, role, status } = query;
    const page = await this.users.list(principal, { ...toPageRequest(query), q, role, status });
    return listAnswer('Users', page, presentUserTo(principal));
  }

  @Post()
  @Roles('admin')
  @Operation({
    summary: 'Invite a user',
    description:
      'Invites a user: creates an account without a password and mails an invitation, whose code sets the password ' +
      '(`POST /api/auth/password/reset`). Where the server sends no mail, the response has the code to hand over. ' +
      'Only a SUPER_ADMIN gives a role, which requires a recent login.',
    status: HttpStatus.CREATED,
    answers: { data: InvitationView },
    errors: ['reauthentication_required', 'email_taken', 'username_taken'],
  })
  async inviteUser(
    @CurrentPrincipal() principal: Principal,
    @Body() body: InviteUserDto,
  ): Promise<Answer<InvitationView>> {
    return answer('User invited', presentInvitation(await this.invitations.invite(principal, toInvitation(body))));
  }

  @Get(':id')
  @Scopes('users:read')
  @UserId()
  @Operation({
    summary: 'Get a user',
    description: 'Returns the profile of a user. Admins can get any user, other users only themselves.',
    answers: { data: UserView },
    errors: ['forbidden', 'user_not_found'],
  })
  async showUser(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Answer<UserView>> {
    return answer('User', presentUserTo(principal)(await this.users.get(principal, id)));
  }

  @Patch(':id')
  @Roles('admin')
  @UserId()
  @Operation({
    summary: 'Change the status or role of a user, or verify the address',
    description:
      'Changes the status or the role of a user, or verifies the address. Admins change the status of users; a ' +
      'SUPER_ADMIN also changes the status of admins, and grants roles. A new role, and any status but `active`, end ' +
      'all sessions of the user at once. `emailVerified: true` requires a recent login.',
    answers: { data: UserView },
    errors: ['reauthentication_required', 'user_not_found', 'last_super_admin'],
  })
  async updateUser(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
    @Body() body: UpdateUserDto,
  ): Promise<Answer<UserView>> {
    return answer('User updated', presentUser(await this.administration.change(principal, id, body)));
  }

  @Post(':id/reset-code')
  @Roles('admin')
  @RecentLogin()
  @UserId()
  @Operation({
    summary: 'Create a reset code for a user',
    description:
      'Creates a code that sets a new password for a user, and returns it for you to hand over. It verifies no ' +
      'address. The user is notified by mail. Only a SUPER_ADMIN does this for admins.',
    status: HttpStatus.CREATED,
    answers: { data: ResetCodeView },
    errors: ['user_not_found'],
  })
  async createResetCode(
    @CurrentPrincipal() principal: Principal,
    @Param('id') id: string,
  ): Promise<Answer<ResetCodeView>> {
    return answer('Reset code created', presentResetCode(await this.resetCodes.create(principal, id)));
  }

  @Delete(':id')
  @Roles('admin')
  @UserId()
  @Operation({
    summary: 'Delete a user',
    description: 'Deletes a user with all sessions, API keys, artists and songs. Only a SUPER_ADMIN deletes admins.',
    errors: ['user_not_found', 'last_super_admin'],
  })
  async deleteUser(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.standing.delete(principal, id);
  }
}
