import { Module, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { Revocations } from '../revocations/revocations.service.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { UsersModule } from '../users/users.module.js';
import { AuthService } from './auth.service.js';
import { Authenticator } from './authenticator.js';
import { Counters } from './counters.js';
import { AuthenticationGuard } from './guards/authentication.guard.js';
import { AuthorizationGuard } from './guards/authorization.guard.js';
import { PasswordChange } from './passwords/password-change.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { RateLimits } from './rate-limits.service.js';
import { RefreshRotation } from './sessions/refresh-rotation.service.js';
import { RefreshTokenLookup } from './sessions/refresh-token-lookup.js';
import { RefreshTokenPurgeJob } from './sessions/refresh-token-purge.job.js';
import { SessionUseRecorder } from './sessions/session-use.recorder.js';
import { SessionCensus } from './sessions/session-census.js';
import { Session } from './sessions/session.entity.js';
import { SessionsService } from './sessions/sessions.service.js';
import { ApiKeyStrategy } from './strategies/api-key.strategy.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import { LocalStrategy } from './strategies/local.strategy.js';
import { SuperAdminBootstrap } from './super-admin.bootstrap.js';
import { AccessTokens } from './tokens/access-tokens.service.js';
import { SigningKeyStore } from './tokens/signing-key-store.js';
import { SigningKeys } from './tokens/signing-keys.service.js';
import { VerifiedTokens } from './tokens/verified-tokens.js';

/** Who is there: sessions, tokens and passwords, and the two guards that stand before every route. */
@Module({
  imports: [TypeOrmModule.forFeature([Session]), UsersModule, ApiKeysModule, RevocationsModule, SecurityEventsModule],
  providers: [
    AuthService,
    Authenticator,
    AccessTokens,
    SigningKeyStore,
    SigningKeys,
    VerifiedTokens,
    RefreshTokenLookup,
    SessionsService,
    RefreshTokenPurgeJob,
    RefreshRotation,
    SessionUseRecorder,
    PasswordChange,
    SessionCensus,
    PasswordHasher,
    RateLimits,
    Counters,
    SuperAdminBootstrap,
    LocalStrategy,
    JwtStrategy,
    ApiKeyStrategy,
    // In this order: first who it is, then what they may do.
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: AuthorizationGuard },
  ],
  exports: [
    AuthService,
    // For the ApiKeyGuard, which a route of a contract asks for.
    Authenticator,
    PasswordChange,
    PasswordHasher,
    RefreshTokenPurgeJob,
    SessionCensus,
    SessionsService,
    SigningKeys,
  ],
})
export class AuthModule implements OnModuleInit {
  constructor(
    private readonly signingKeys: SigningKeys,
    private readonly revocations: Revocations,
  ) {}

  /** Signing keys that come or go are read again at once, not at the next interval. */
  onModuleInit(): void {
    this.revocations.subscribe({
      revoked: (kind) => {
        if (kind === 'signing_keys') void this.signingKeys.reloadOnSchedule();
      },
      missed: () => void this.signingKeys.reloadOnSchedule(),
    });
  }
}
