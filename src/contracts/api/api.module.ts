import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../../modules/api-keys/api-keys.module.js';
import { AccountsModule } from '../../modules/accounts/accounts.module.js';
import { ArtistsModule } from '../../modules/artists/artists.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { CatalogueModule } from '../../modules/catalogue/catalogue.module.js';
import { SecurityEventsModule } from '../../modules/security-events/security-events.module.js';
import { PasskeysModule } from '../../modules/passkeys/passkeys.module.js';
import { SessionsModule } from '../../modules/sessions/sessions.module.js';
import { UserImportModule } from '../../modules/user-import/user-import.module.js';
import { UsersModule } from '../../modules/users/users.module.js';
import { ArtistsController } from './artists/artists.controller.js';
import { ArtistSongsController } from './artists/songs.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { EmailUndoController } from './auth/email.controller.js';
import { KeysController } from './auth/keys.controller.js';
import { PasskeyController } from './auth/passkey.controller.js';
import { PasswordController } from './auth/password.controller.js';
import { ReauthenticationController } from './auth/reauthentication.controller.js';
import { SessionsController } from './auth/sessions.controller.js';
import { CatalogueController } from './catalogue/catalogue.controller.js';
import { SongsController } from './songs/songs.controller.js';
import { EmailController } from './users/email.controller.js';
import { ExportController } from './users/export.controller.js';
import { ImportController } from './users/import.controller.js';
import { MeController } from './users/me.controller.js';
import { PasskeysController } from './users/passkeys.controller.js';
import { UserSecondFactorController } from './users/second-factor.controller.js';
import { SecurityController } from './users/security.controller.js';
import { UserSessionsController } from './users/sessions.controller.js';
import { TotpController } from './users/totp.controller.js';
import { UsersController } from './users/users.controller.js';

@Module({
  imports: [
    AccountsModule,
    AuthModule,
    PasskeysModule,
    SessionsModule,
    SecurityEventsModule,
    UsersModule,
    UserImportModule,
    ArtistsModule,
    CatalogueModule,
    ApiKeysModule,
  ],
  controllers: [
    AuthController,
    PasswordController,
    PasskeyController,
    EmailUndoController,
    ReauthenticationController,
    SessionsController,
    UserSessionsController,
    KeysController,
    AuditController,
    MeController,
    EmailController,
    PasskeysController,
    SecurityController,
    TotpController,
    UserSecondFactorController,
    ImportController,
    ExportController,
    UsersController,
    ArtistsController,
    ArtistSongsController,
    SongsController,
    CatalogueController,
  ],
})
export class ApiModule {}
