import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyVerifier } from './api-key-verifier.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyCache } from './key-cache.js';
import { LastUsedRecorder } from './last-used.recorder.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), SecurityEventsModule],
  providers: [ApiKeysService, ApiKeyVerifier, KeyCache, LastUsedRecorder],
  exports: [ApiKeysService, ApiKeyVerifier, KeyCache],
})
export class ApiKeysModule {}
