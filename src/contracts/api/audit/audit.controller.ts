import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Roles } from '../../../modules/auth/decorators/roles.decorator.js';
import { AuditTrail } from '../../../modules/security-events/audit-trail.service.js';
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
    description: 'Newest first, by cursor alone. Kept for 90 days.',
    access: 'session',
    data: [AuditEventView],
    paged: true,
    refuses: ['forbidden'],
  })
  async listAuditEvents(@Query() query: ListAuditQuery): Promise<ListAnswer<AuditEventView>> {
    return listAnswer('Security events', await this.trail.list(query), presentAuditEvent);
  }
}
