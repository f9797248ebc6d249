import type { Readable } from 'node:stream';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { USER_ID } from '../../../http/docs/example-values.js';
import { IdParam } from '../../../http/docs/properties.js';
import { jsonStream } from '../../../http/output/json-stream.js';
import { AccountExportService } from '../../../modules/accounts/account-export.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { AllowLimitedSession } from '../../../modules/auth/access/limited-session.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { answer, Operation } from '../api.answers.js';
import { AccountExportView, presentExport } from './export.presenter.js';

@ApiTags('Users')
@RecentLogin()
@Controller('users')
export class ExportController {
  constructor(private readonly accounts: AccountExportService) {}

  @AllowLimitedSession()
  @Get('me/export')
  @Header('content-type', 'application/json; charset=utf-8')
  @Operation({
    summary: 'Export your account',
    description:
      'Returns everything that is stored about you, in one JSON document, without secrets. An export that is cut off ' +
      'is not valid JSON: request it again.',
    answers: { data: AccountExportView },
  })
  async exportMe(@CurrentPrincipal() principal: Principal): Promise<Readable> {
    return this.stream(principal, principal.userId);
  }

  @Get(':id/export')
  @Roles('SUPER_ADMIN')
  @IdParam('The id of the user.', USER_ID)
  @Header('content-type', 'application/json; charset=utf-8')
  @Operation({
    summary: 'Export the account of a user',
    description:
      'Returns everything that is stored about a user, in one JSON document, without secrets. An export that is cut ' +
      'off is not valid JSON: request it again.',
    answers: { data: AccountExportView },
    errors: ['user_not_found'],
  })
  async exportUser(@CurrentPrincipal() principal: Principal, @Param('id') id: string): Promise<Readable> {
    return this.stream(principal, id);
  }

  private async stream(principal: Principal, id: string): Promise<Readable> {
    const data = presentExport(await this.accounts.export(principal, id), principal.sessionId);
    return jsonStream(answer('Account', data));
  }
}
