import { Module } from '@nestjs/common';
import { AuthModule } from '../../modules/auth/auth.module.js';
import { HealthModule } from '../../modules/health/health.module.js';
import { HealthController } from './health.controller.js';
import { JwksController } from './jwks.controller.js';

/** What stands beside the contracts, for operators and verifiers. */
@Module({ imports: [AuthModule, HealthModule], controllers: [HealthController, JwksController] })
export class OperationsModule {}
