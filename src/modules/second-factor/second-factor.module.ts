import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PasskeysModule } from '../passkeys/passkeys.module.js';
import { PasswordsModule } from '../passwords/passwords.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { KnownNetworksModule } from '../known-networks/known-networks.module.js';
import { UsersModule } from '../users/users.module.js';
import { FactorNotices } from './factor-notices.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { RecoveryCodes } from './recovery-codes.js';
import { RequiredFactorReport } from './required-factor.report.js';
import { SecondFactors } from './second-factors.js';
import { TotpEnrolment } from './totp-enrolment.js';
import { TotpFactor } from './totp-factor.entity.js';
import { TotpGuesses } from './totp-guesses.js';
import { TotpResealJob } from './totp-reseal.job.js';
import { TotpSecrets } from './totp-secrets.js';
import { TrustedFactors } from './trusted-factors.js';

/** Authenticator apps and recovery codes. Knows no session: sessions ask it. */
@Module({
  imports: [
    TypeOrmModule.forFeature([TotpFactor, RecoveryCode]),
    PasskeysModule,
    KnownNetworksModule,
    PasswordsModule,
    RateLimitsModule,
    SecurityEventsModule,
    UsersModule,
  ],
  providers: [
    SecondFactors,
    TotpGuesses,
    TotpSecrets,
    TotpResealJob,
    TotpEnrolment,
    RecoveryCodes,
    RequiredFactorReport,
    TrustedFactors,
    FactorNotices,
  ],
  exports: [SecondFactors, TotpSecrets, TotpResealJob, TotpEnrolment, RecoveryCodes, TrustedFactors],
})
export class SecondFactorModule {}
