import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { AuditTrail } from '../../../modules/security-events/audit-trail.js';
import { type ListAnswer, listAnswer, Operation } from '../api.answers.js';
import { ListAuditQuery } from './audit.dto.js';
import { AuditEventView, presentAuditEvent } from './audit.presenter.js';

@ApiTags('Audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @Roles('admin')
  @Operation({
    summary: 'List security events',
    description:
      'Lists the security events of all users, newest first, paged by cursor only. By default, events are kept for 90 days.',
    answers: { page: AuditEventView },
  })
  async listAuditEvents(
    @CurrentPrincipal() principal: Principal,
    @Query() query: ListAuditQuery,
  ): Promise<ListAnswer<AuditEventView>> {
    return listAnswer('Security events', await this.trail.list(principal, query), presentAuditEvent);
  }
}
