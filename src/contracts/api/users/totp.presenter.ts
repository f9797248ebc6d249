import { ApiProperty } from '@nestjs/swagger';
import type { EnabledTotp } from '../../../modules/auth/own-totp.service.js';
import type { NewTotpSecret } from '../../../modules/second-factor/totp-enrolment.js';

export class NewTotpSecretView {
  @ApiProperty({
    pattern: '^[A-Z2-7]{32}$',
    description: 'The secret in Base32, for typing it into the app. It cannot be read again.',
    example: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
  })
  secret!: string;

  @ApiProperty({
    description: 'The same for a QR code.',
    example:
      'otpauth://totp/Stagedoor:john%40example.com?issuer=Stagedoor&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' +
      '&algorithm=SHA1&digits=6&period=30',
  })
  uri!: string;
}

export class RecoveryCodesView {
  @ApiProperty({
    type: String,
    isArray: true,
    description: 'Ten codes that take the place of the app, each once. They cannot be read again.',
    example: ['7K3QM-XR2TP'],
  })
  recoveryCodes!: readonly string[];
}

export class EnabledTotpView extends RecoveryCodesView {
  @ApiProperty({
    type: 'integer',
    description: 'The number of your API keys. They keep working, without a code.',
    example: 1,
  })
  apiKeys!: number;
}

export function presentNewSecret({ secret, uri }: NewTotpSecret): NewTotpSecretView {
  return { secret, uri };
}

export function presentEnabledTotp({ recoveryCodes, apiKeyCount }: EnabledTotp): EnabledTotpView {
  return { recoveryCodes, apiKeys: apiKeyCount };
}
