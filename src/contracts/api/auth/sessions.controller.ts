import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { SESSION_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { CostlyWrite } from '../../../modules/auth/access/costly-write.decorator.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { ActiveSessionsService } from '../../../modules/sessions/active-sessions.service.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { presentSessions, SessionView } from './session.presenter.js';

@ApiTags('Sessions')
@AllowLimitedSession()
@Controller('auth/sessions')
export class SessionsController {
  constructor(private readonly sessions: ActiveSessionsService) {}

  @Get()
  @Operation({
    summary: 'List your sessions',
    description: 'Lists your sessions that have not expired, newest first (by default at most 100).',
    answers: { list: SessionView },
  })
  async listSessions(@CurrentPrincipal() principal: Principal): Promise<Answer<SessionView[]>> {
    return answer('Sessions', presentSessions(await this.sessions.list(principal), principal.sessionId));
  }

  @Delete()
  @CostlyWrite()
  @Operation({
    summary: 'End all other sessions',
    description: 'Ends all your sessions but the one of this request. Their tokens are revoked at once.',
  })
  async endOtherSessions(@CurrentPrincipal() principal: Principal): Promise<void> {
    await this.sessions.revokeOthers(principal);
  }

  @Delete(':id')
  @CostlyWrite()
  @IdParam('The id of the session.', SESSION_ID)
  @Operation({
    summary: 'End a session',
    description: 'Ends one of your sessions. Its tokens are revoked at once.',
    errors: ['session_not_found'],
  })
  async endSession(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<void> {
    await this.sessions.revokeOwn(principal, id);
  }
}
