import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { CurrentPrincipal } from '../../../modules/auth/decorators/current-principal.decorator.js';
import { Roles } from '../../../modules/auth/decorators/roles.decorator.js';
import { SessionsService } from '../../../modules/auth/sessions/sessions.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { presentSession, SessionView } from './session.presenter.js';

@ApiTags('Sessions')
@Controller()
export class SessionsController {
  constructor(private readonly sessions: SessionsService) {}

  @Get('auth/sessions')
  @Operation({
    summary: 'List one’s own sessions',
    description: 'Every login that goes on, newest first (at most 100).',
    access: 'session',
    data: [SessionView],
  })
  async listSessions(@CurrentPrincipal() principal: Principal): Promise<Answer<SessionView[]>> {
    const sessions = await this.sessions.list(principal);
    return answer(
      'Sessions',
      sessions.map((session) => presentSession(session, principal.sessionId)),
    );
  }

  @Delete('auth/sessions')
  @Operation({
    summary: 'End all other sessions',
    description: 'Ends every session of yours but the one of this call. Their tokens stop working at once.',
    access: 'session',
  })
  async endOtherSessions(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.sessions.endOthers(principal);
  }

  @Delete('auth/sessions/:id')
  @ApiParam({ name: 'id', format: 'uuid', description: 'The id of the session.' })
  @Operation({
    summary: 'End a session',
    description: 'Ends one session of yours; its tokens stop working at once.',
    access: 'session',
    refuses: ['session_not_found'],
  })
  async endSession(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.sessions.endOwn(principal, id);
  }

  @Delete('users/:id/sessions')
  @Roles('admin')
  @ApiParam({ name: 'id', format: 'uuid', description: 'The id of the user.' })
  @Operation({
    summary: 'End all sessions of a user',
    description: 'Logs somebody out everywhere. Only a SUPER_ADMIN does so to admins.',
    access: 'session',
    refuses: ['forbidden', 'user_not_found'],
  })
  async endUserSessions(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.sessions.endAllOf(principal, id);
  }
}
