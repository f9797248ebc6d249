import { ApiProperty } from '@nestjs/swagger';
import { NullableTimeProperty } from '../../../http/docs/properties.js';
import type { AccountSecurity } from '../../../modules/accounts/account-security.service.js';

export class SecurityView {
  @ApiProperty({ description: 'Whether you have proved that you receive mail at your address.', example: true })
  emailVerified!: boolean;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The new address, until it is verified; null if no change is pending.',
    example: null,
  })
  pendingEmail!: string | null;

  @ApiProperty({ description: 'Whether you have a password.', example: true })
  hasPassword!: boolean;

  @ApiProperty({ description: 'Whether logins by password ask for the code of an authenticator app.', example: false })
  totp!: boolean;

  @ApiProperty({ type: 'integer', description: 'The number of recovery codes that you have not used.', example: 0 })
  recoveryCodesLeft!: number;

  @ApiProperty({ type: 'integer', description: 'The number of your passkeys.', example: 0 })
  passkeys!: number;

  @ApiProperty({ type: 'integer', description: 'The number of your API keys.', example: 1 })
  apiKeys!: number;

  @NullableTimeProperty({ description: 'Until when your login counts as recent; null: it does not.' })
  recentUntil!: string | null;
}

export function presentSecurity(security: AccountSecurity): SecurityView {
  return {
    emailVerified: security.isEmailVerified,
    pendingEmail: security.pendingEmail,
    hasPassword: security.hasPassword,
    totp: security.hasTotp,
    recoveryCodesLeft: security.recoveryCodeCount,
    passkeys: security.passkeyCount,
    apiKeys: security.apiKeyCount,
    recentUntil: security.recentUntil?.toISOString() ?? null,
  };
}
