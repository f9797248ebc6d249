import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { SecondFactorModule } from '../second-factor/second-factor.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthenticationGuard } from './access/authentication.guard.js';
import { AuthorizationGuard } from './access/authorization.guard.js';
import { Authenticator } from './authenticator.js';
import { LoginService } from './login.service.js';
import { LogoutService } from './logout.service.js';
import { OwnPassword } from './own-password.js';
import { OwnTotpService } from './own-totp.service.js';
import { PasskeyLoginService } from './passkey-login.service.js';
import { PasskeySetupService } from './passkey-setup.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { ReauthenticationService } from './reauthentication.service.js';
import { RefreshService } from './refresh.service.js';
import { SecondFactorRemovalService } from './second-factor-removal.service.js';
import { SignUpService } from './sign-up.service.js';
import { ApiKeyStrategy } from './strategies/api-key.strategy.js';
import { LocalStrategy } from './strategies/local.strategy.js';

/** Signing up, logging in and out, and the guards of all routes. */
@Module({
  imports: [
    UsersModule,
    SessionsModule,
    TokensModule,
    ApiKeysModule,
    PasswordsModule,
    RateLimitsModule,
    SecondFactorModule,
    PasskeysModule,
    SecurityEventsModule,
  ],
  providers: [
    SignUpService,
    LoginService,
    RefreshService,
    LogoutService,
    PasswordChangeService,
    PasskeyLoginService,
    PasskeySetupService,
    OwnPassword,
    OwnTotpService,
    SecondFactorRemovalService,
    ReauthenticationService,
    Authenticator,
    LocalStrategy,
    ApiKeyStrategy,
    // In this order: authorization needs the principal.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: AuthorizationGuard },
  ],
  exports: [
    SignUpService,
    LoginService,
    RefreshService,
    LogoutService,
    PasswordChangeService,
    PasskeyLoginService,
    PasskeySetupService,
    ReauthenticationService,
    OwnTotpService,
    SecondFactorRemovalService,
    // For the ApiKeyGuard, which the routes of contracts use.
    Authenticator,
  ],
})
export class AuthModule {}
