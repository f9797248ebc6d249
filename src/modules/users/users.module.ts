import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EmailCodesModule } from '../email-codes/email-codes.module.js';
import { MailModule } from '../mail/mail.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { AccountChanges } from './account-changes.js';
import { NewUsers } from './new-users.js';
import { SuperAdminBootstrap } from './super-admin.bootstrap.js';
import { UnverifiedAccountPurgeJob } from './unverified-account-purge.job.js';
import { User } from './user.entity.js';
import { UserStandingService } from './user-standing.service.js';
import { UsersService } from './users.service.js';
import { VerificationMails } from './verification-mails.js';

@Module({
  imports: [
    TypeOrmModule.forFeature([User]),
    EmailCodesModule,
    MailModule,
    PasswordsModule,
    RevocationsModule,
    SecurityEventsModule,
  ],
  providers: [
    UsersService,
    UserStandingService,
    NewUsers,
    AccountChanges,
    VerificationMails,
    SuperAdminBootstrap,
    UnverifiedAccountPurgeJob,
  ],
  exports: [UsersService, UserStandingService, NewUsers, AccountChanges, VerificationMails],
})
export class UsersModule {}
