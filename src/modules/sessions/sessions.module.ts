import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { SecondFactorModule } from '../second-factor/second-factor.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsersModule } from '../users/users.module.js';
import { ActiveSessionsService } from './active-sessions.service.js';
import { ContinuedAccess } from './continued-access.js';
import { RefreshRotation } from './refresh-rotation.js';
import { RefreshTokenPurgeJob } from './refresh-token-purge.job.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionStatistics } from './session-statistics.js';
import { SessionRows } from './session-rows.js';
import { Session } from './session.entity.js';
import { SessionsService } from './sessions.service.js';
import { SpentRefreshToken } from './spent-refresh-token.entity.js';

/** Sessions, their refresh tokens, and the purge of expired ones. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Session, SpentRefreshToken]),
    ApiKeysModule,
    UsersModule,
    SecondFactorModule,
    PasskeysModule,
    TokensModule,
    RevocationsModule,
  ],
  providers: [
    SessionsService,
    SessionRows,
    ActiveSessionsService,
    ContinuedAccess,
    RefreshTokens,
    RefreshRotation,
    RefreshTokenPurgeJob,
    SessionStatistics,
  ],
  exports: [SessionsService, ActiveSessionsService, ContinuedAccess, RefreshTokenPurgeJob, SessionStatistics],
})
export class SessionsModule {}
