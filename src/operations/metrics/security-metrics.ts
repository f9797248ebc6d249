import { Injectable } from '@nestjs/common';
import { RateLimits } from '../../modules/rate-limits/rate-limits.js';
import { TotpSecrets } from '../../modules/second-factor/totp-secrets.js';
import { SecurityEvents } from '../../modules/security-events/security-events.js';
import { MetricsRegistry } from './metrics-registry.js';

/**
 * What attackers cause: failed logins among the security events, and refusals by rate limits. And authenticator apps that
 * a change of `APP_SECRET` made useless.
 */
@Injectable()
export class SecurityMetrics {
  constructor(registry: MetricsRegistry, events: SecurityEvents, limits: RateLimits, totp: TotpSecrets) {
    registry.counter('stagedoor_security_events_total', 'Security events of this instance, by name.', () =>
      [...events.stats()].map(([event, count]) => [count, { event }]),
    );
    registry.counter(
      'stagedoor_totp_secrets_unreadable_total',
      'Uses of authenticator apps whose secret does not open.',
      () => [[totp.stats().unreadable]],
    );
    registry.counter('stagedoor_rate_limited_total', 'Requests refused by a rate limit, by limit.', () =>
      [...limits.stats()].map(([limit, count]) => [count, { limit }]),
    );
  }
}
