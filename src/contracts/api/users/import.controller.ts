import type { Readable } from 'node:stream';
import { Controller, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Principal } from '../../../common/principal.js';
import { NdjsonBody, NdjsonRoute } from '../../../http/input/ndjson-route.js';
import type { NdjsonUpload } from '../../../http/input/ndjson-upload.js';
import { UserImportService } from '../../../modules/user-import/user-import.service.js';
import { CurrentPrincipal } from '../../../modules/auth/access/current-principal.decorator.js';
import { RecentLogin } from '../../../modules/auth/access/recent-login.decorator.js';
import { Roles } from '../../../modules/auth/access/roles.decorator.js';
import { Operation } from '../api.answers.js';
import { answerImport } from '../import-answers.js';
import { toImportedUser } from './import.dto.js';

@ApiTags('Users')
@Controller('users')
export class ImportController {
  constructor(private readonly accounts: UserImportService) {}

  @Post('import')
  @Roles('SUPER_ADMIN')
  @RecentLogin()
  @NdjsonRoute()
  @ApiBody({ description: 'A JSON object a line.', schema: { type: 'string', format: 'binary' } })
  @Operation({
    summary: 'Import users',
    description:
      'Imports users from NDJSON, a user a line: `email`, `name`, and optionally `username`, `phone`, `locale`, ' +
      '`createdAt`, `emailVerified`, `passwordHash`, `probePassword`. Each line is answered in order while the upload ' +
      'runs. A line is stored as a whole or not at all; sending it again answers `exists`. The last line has `done` ' +
      'and the counts; `done` is false, with `code` and `message`, when the import ended early. A line of more than ' +
      '102,400 bytes is refused. No line has a role, and no mail is sent. A user has one import at a time.',
    answers: 'ndjson',
    errors: ['overloaded'],
  })
  importUsers(@CurrentPrincipal() principal: Principal, @NdjsonBody() upload: NdjsonUpload): Readable {
    return answerImport(upload, this.accounts.begin(principal), toImportedUser);
  }
}
