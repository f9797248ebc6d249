import { ApiProperty } from '@nestjs/swagger';
import { TimeProperty } from '../../../http/docs/properties.js';
import type { Invitation } from '../../../modules/accounts/invitations.service.js';
import type { HandedOverCode } from '../../../modules/email-codes/email-codes.js';
import { presentUser, UserView } from './user.presenter.js';

const CODE_EXAMPLE = 'K7QM-2XRT-9FHC';

export class InvitationView {
  @ApiProperty({ type: () => UserView })
  user!: UserView;

  @ApiProperty({
    required: false,
    description: 'The code to hand over. Present only where the server sends no mail.',
    example: CODE_EXAMPLE,
  })
  code?: string;
}

export class ResetCodeView {
  @ApiProperty({ description: 'The code to hand over. It is shown only once.', example: CODE_EXAMPLE })
  code!: string;

  @TimeProperty({ description: 'When the code expires.' })
  expiresAt!: string;
}

export function presentInvitation({ user, code }: Invitation): InvitationView {
  return { user: presentUser(user), ...(code !== undefined && { code }) };
}

export function presentResetCode({ code, expiresAt }: HandedOverCode): ResetCodeView {
  return { code, expiresAt: expiresAt.toISOString() };
}
