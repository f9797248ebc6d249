import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { UsersModule } from '../users/users.module.js';
import { PasskeyCeremonies } from './passkey-ceremonies.js';
import { PasskeyChallenges } from './passkey-challenges.js';
import { PasskeyConfirmations } from './passkey-confirmations.js';
import { Passkey } from './passkey.entity.js';
import { PasskeyProofs } from './passkey-proofs.js';
import { PasskeyRegistrationService } from './passkey-registration.service.js';
import { PasskeysService } from './passkeys.service.js';
import { SpentChallengePurgeJob } from './spent-challenge-purge.job.js';
import { SpentPasskeyChallenge } from './spent-passkey-challenge.entity.js';

/** Passkeys: adding, removing and checking them. Knows no session: sessions ask it. */
@Module({
  imports: [
    TypeOrmModule.forFeature([Passkey, SpentPasskeyChallenge]),
    RateLimitsModule,
    SecurityEventsModule,
    UsersModule,
  ],
  providers: [
    PasskeyCeremonies,
    PasskeyChallenges,
    PasskeyProofs,
    PasskeyConfirmations,
    PasskeyRegistrationService,
    PasskeysService,
    SpentChallengePurgeJob,
  ],
  exports: [PasskeyProofs, PasskeyConfirmations, PasskeyRegistrationService, PasskeysService],
})
export class PasskeysModule {}
