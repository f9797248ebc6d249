import { Injectable } from '@nestjs/common';
import { KeyCache } from '../../modules/api-keys/key-cache.js';
import { Revocations } from '../../modules/revocations/revocations.js';
import { MetricsRegistry } from './metrics-registry.js';

/** How access tokens and API keys are checked: what is cached, and how current the revocations are. */
@Injectable()
export class CredentialMetrics {
  constructor(registry: MetricsRegistry, revocations: Revocations, keyCache: KeyCache) {
    registry.gauge('stagedoor_revocation_feed_age_seconds', 'Time since revocations were last read.', () => {
      const { lastAnswerAgeMs } = revocations.stats();
      return lastAnswerAgeMs === undefined ? [] : [[lastAnswerAgeMs / 1000]];
    });
    registry.gauge(
      'stagedoor_revocation_feed_sure',
      '1 while tokens are checked in memory, 0 while each is checked in the database.',
      () => [[revocations.stats().isCurrent ? 1 : 0]],
    );
    registry.gauge('stagedoor_ended_sessions_remembered', 'Ended sessions whose tokens have not expired yet.', () => [
      [revocations.stats().revokedSessions],
    ]);
    registry.counter('stagedoor_api_key_lookups_total', 'Lookups of API keys, by where they were answered.', () => {
      const { hits, misses } = keyCache.stats();
      return [
        [hits, { answered_by: 'memory' }],
        [misses, { answered_by: 'database' }],
      ];
    });
    registry.gauge('stagedoor_api_keys_remembered', 'Cached API keys.', () => [[keyCache.stats().size]]);
  }
}
