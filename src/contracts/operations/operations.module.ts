import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { ApiKeysModule } from '../../modules/api-keys/api-keys.module.js';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { HealthModule } from '../../modules/health/health.module.js';
import { RevocationsModule } from '../../modules/revocations/revocations.module.js';
import { HealthController } from './health.controller.js';
import { JwksController } from './jwks.controller.js';
import { MetricsController } from './metrics.controller.js';
import { Metrics, PROM_CLIENT, type PromClient } from './metrics.js';

/** What stands beside the contracts, for operators and verifiers. */
@Module({ imports: [AuthModule, HealthModule], controllers: [HealthController, JwksController] })
export class OperationsModule {
  /** With metrics where they are asked for; without them their path is not there and their library is not loaded. */
  static of({ metricsEnabled }: Config): DynamicModule {
    if (!metricsEnabled) return { module: OperationsModule };
    return {
      module: OperationsModule,
      imports: [ApiKeysModule, RevocationsModule],
      controllers: [MetricsController],
      providers: [Metrics, { provide: PROM_CLIENT, useFactory: (): Promise<PromClient> => import('prom-client') }],
      exports: [Metrics],
    };
  }
}
