import { Module } from '@nestjs/common';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { UserImportService } from './user-import.service.js';

/** Users of other systems, with their password hashes. */
@Module({
  imports: [UsersModule, SessionsModule, PasswordsModule, SecurityEventsModule],
  providers: [UserImportService],
  exports: [UserImportService],
})
export class UserImportModule {}
