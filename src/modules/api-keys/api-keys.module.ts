import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyVerifier } from './api-key-verifier.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyCache } from './key-cache.js';
import { KeyUses } from './key-uses.js';

/** API keys: their management and their verification. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), RateLimitsModule, RevocationsModule, SecurityEventsModule, UsersModule],
  providers: [ApiKeysService, ApiKeyVerifier, KeyCache, KeyUses],
  exports: [ApiKeysService, ApiKeyVerifier, KeyCache],
})
export class ApiKeysModule {}
