import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKey } from '../api-keys/api-key.entity.js';
import { EmailCodesModule } from '../email-codes/email-codes.module.js';
import { MailModule } from '../mail/mail.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { SecondFactorModule } from '../second-factor/second-factor.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { User } from '../users/user.entity.js';
import { UsersModule } from '../users/users.module.js';
import { AccountExportService } from './account-export.service.js';
import { AccountSecurityService } from './account-security.service.js';
import { AddressChangeMails } from './address-change-mails.js';
import { CodeRedemption } from './code-redemption.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailUndoService } from './email-undo.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { InvitationsService } from './invitations.service.js';
import { PasswordRecoveryService } from './password-recovery.service.js';
import { PasswordResetService } from './password-reset.service.js';
import { ResetCodesService } from './reset-codes.service.js';
import { UserAdministrationService } from './user-administration.service.js';
import { VerificationResendService } from './verification-resend.service.js';

const SERVICES = [
  PasswordRecoveryService,
  PasswordResetService,
  EmailVerificationService,
  VerificationResendService,
  EmailChangeService,
  EmailUndoService,
  InvitationsService,
  ResetCodesService,
  AccountSecurityService,
  AccountExportService,
  UserAdministrationService,
];

/** Recovery, verification, change of address, invitation and export of accounts. */
@Module({
  imports: [
    TypeOrmModule.forFeature([User, ApiKey]),
    UsersModule,
    SessionsModule,
    PasswordsModule,
    EmailCodesModule,
    MailModule,
    RateLimitsModule,
    SecondFactorModule,
    SecurityEventsModule,
  ],
  providers: [...SERVICES, AddressChangeMails, CodeRedemption],
  exports: SERVICES,
})
export class AccountsModule {}
