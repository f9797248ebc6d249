import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RevocationsModule } from '../revocations/revocations.module.js';
import { Revocations } from '../revocations/revocations.service.js';
import { SecurityEventsModule } from '../security-events/security-events.module.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeyVerifier } from './api-key-verifier.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyCache } from './key-cache.js';
import { LastUsedRecorder } from './last-used.recorder.js';

@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), RevocationsModule, SecurityEventsModule],
  providers: [ApiKeysService, ApiKeyVerifier, KeyCache, LastUsedRecorder],
  exports: [ApiKeysService, ApiKeyVerifier, KeyCache],
})
export class ApiKeysModule implements OnModuleInit {
  constructor(
    private readonly cache: KeyCache,
    private readonly revocations: Revocations,
  ) {}

  /** What is remembered of a key is forgotten when the key, or its owner's standing, changes anywhere. */
  onModuleInit(): void {
    this.revocations.subscribe({
      revoked: (kind, subject) => {
        if (kind === 'api_key') this.cache.forget(subject);
        if (kind === 'owner') this.cache.forgetOwner(subject);
      },
      missed: () => this.cache.clear(),
    });
  }
}
