import { Module } from '@nestjs/common';
import { KnownNetworksModule } from '../known-networks/known-networks.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { FailureCeiling } from './failure-ceiling.js';
import { FailureCounts } from './failure-counts.js';
import { RateLimitStore } from './rate-limit-store.js';
import { RateLimits } from './rate-limits.js';

/** Limits on logins, sign-ups, refreshes and API key calls. */
@Module({
  imports: [SecurityEventsModule, KnownNetworksModule],
  providers: [RateLimits, RateLimitStore, FailureCeiling, FailureCounts],
  exports: [RateLimits, RateLimitStore],
})
export class RateLimitsModule {}
