import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { ApiKeysModule } from '../modules/api-keys/api-keys.module.js';
import { CatalogueModule } from '../modules/catalogue/catalogue.module.js';
import { MailModule } from '../modules/mail/mail.module.js';
import { OutboxModule } from '../modules/outbox/outbox.module.js';
import { PasswordsModule } from '../modules/passwords/passwords.module.js';
import { RateLimitsModule } from '../modules/rate-limits/rate-limits.module.js';
import { RevocationsModule } from '../modules/revocations/revocations.module.js';
import { SecondFactorModule } from '../modules/second-factor/second-factor.module.js';
import { SecurityEventsModule } from '../modules/security-events/security-events.module.js';
import { SessionsModule } from '../modules/sessions/sessions.module.js';
import { TokensModule } from '../modules/tokens/tokens.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';
import { JwksController } from './jwks.controller.js';
import { CatalogueMetrics } from './metrics/catalogue-metrics.js';
import { CredentialMetrics } from './metrics/credential-metrics.js';
import { DatabaseMetrics } from './metrics/database-metrics.js';
import { DependencyMetrics } from './metrics/dependency-metrics.js';
import { MailMetrics } from './metrics/mail-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsRegistry, PROM_CLIENT, type PromClient } from './metrics/metrics-registry.js';
import { MetricsServer } from './metrics/metrics-server.js';
import { PasswordHashMetrics } from './metrics/password-hash-metrics.js';
import { ProcessMetrics } from './metrics/process-metrics.js';
import { RequestMetrics } from './metrics/request-metrics.js';
import { SecurityMetrics } from './metrics/security-metrics.js';
import { SessionMetrics } from './metrics/session-metrics.js';

/**
 * Health, metrics and the public signing keys: the routes for operators and verifiers, beside the contracts. Loads the
 * background work of the catalogue, which no contract needs.
 */
@Module({
  imports: [CatalogueModule, SecondFactorModule, TokensModule],
  controllers: [HealthController, JwksController],
  providers: [HealthService],
})
export class OperationsModule {
  /**
   * With `METRICS_ENABLED` also `/metrics`, on a port of its own where there is a `METRICS_PORT`. Otherwise the route does
   * not exist and prom-client is not loaded.
   */
  static of({ metricsEnabled, metricsListener }: Config): DynamicModule {
    if (!metricsEnabled) return { module: OperationsModule };
    const hasOwnPort = metricsListener.port !== undefined;
    return {
      module: OperationsModule,
      imports: [
        ...[ApiKeysModule, MailModule, OutboxModule, PasswordsModule, RateLimitsModule, RevocationsModule],
        ...[SecurityEventsModule, SessionsModule],
      ],
      controllers: hasOwnPort ? [] : [MetricsController],
      providers: [
        { provide: PROM_CLIENT, useFactory: (): Promise<PromClient> => import('prom-client') },
        MetricsRegistry,
        ...(hasOwnPort ? [MetricsServer] : []),
        RequestMetrics,
        ProcessMetrics,
        DatabaseMetrics,
        DependencyMetrics,
        SecurityMetrics,
        PasswordHashMetrics,
        SessionMetrics,
        CredentialMetrics,
        CatalogueMetrics,
        MailMetrics,
      ],
    };
  }
}
