import { Body, Controller, HttpStatus, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../common/caller.js';
import { EmailUndoService } from '../../../modules/accounts/email-undo.service.js';
import { CurrentCaller } from '../../../modules/auth/access/current-caller.decorator.js';
import { Public } from '../../../modules/auth/access/public.decorator.js';
import { type Answer, answer, Operation } from '../api.answers.js';
import { UndoEmailChangeDto } from './email.dto.js';

@ApiTags('Account recovery')
@Public()
@Controller('auth/email')
export class EmailUndoController {
  constructor(private readonly undos: EmailUndoService) {}

  @Post('undo')
  @Operation({
    summary: 'Undo a change of address',
    description:
      'Undoes a change of the e-mail address of an account, with the code that was mailed to the old address. ' +
      'Restores that address, ends all sessions, removes the password, and the API keys and second factors that were ' +
      'added since shortly before the change, and mails a code that sets a new password.',
    status: HttpStatus.OK,
    answers: 'message',
    errors: ['invalid_code', 'rate_limited'],
  })
  async undoEmailChange(@Body() body: UndoEmailChangeDto, @CurrentCaller() caller: Caller): Promise<Answer<null>> {
    await this.undos.undo(body.code, caller);
    return answer('The address is restored; a mail with a code for a new password is on its way', null);
  }
}
