import 'reflect-metadata';
import fastifyCors from '@fastify/cors';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { CONTRACTS, FALLBACK_CONTRACT } from './app.contracts.js';
import { AppModule, type AppParts } from './app.module.js';
import { NestLogger } from './config/logger.js';
import { ContractErrorFilter } from './contracts/contract-error.filter.js';
import { setUpDocs } from './contracts/docs.js';
import { corsOptions } from './contracts/edge/cors.js';
import { createHttpAdapter, refuseMalformed } from './contracts/edge/http-adapter.js';
import { NoUnknownInputGuard } from './contracts/edge/no-unknown-input.guard.js';
import { createValidationPipe } from './contracts/edge/validation.pipe.js';
import { serveLiveness } from './contracts/operations/liveness.js';
import { Metrics } from './contracts/operations/metrics.js';
import { HealthService } from './modules/health/health.service.js';

/** The app as it is served: `main.ts` and the tests both call this, so that a test meets what a client meets. */
export async function createApp(parts: AppParts, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(parts),
    createHttpAdapter(parts.config, CONTRACTS, FALLBACK_CONTRACT, parts.tracer),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  if (parts.config.corsOrigins.length > 0) {
    await app.register(fastifyCors, corsOptions(parts.config.corsOrigins));
  }
  refuseMalformed(app.getHttpAdapter().getInstance());
  if (parts.config.metricsEnabled) app.get(Metrics).observe(app.getHttpAdapter().getInstance());
  app.useGlobalFilters(new ContractErrorFilter(CONTRACTS, FALLBACK_CONTRACT));
  app.useGlobalGuards(new NoUnknownInputGuard());
  app.useGlobalPipes(createValidationPipe());
  const health = app.get(HealthService);
  // Who is answered while draining must not keep the connection: the next request on it would meet a closed door.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (_request, reply, payload, done) => {
      if (health.isDraining) void reply.header('connection', 'close');
      done(null, payload);
    });
  serveLiveness(app.getHttpAdapter().getInstance());
  setUpDocs(app, CONTRACTS, FALLBACK_CONTRACT, health.version);
  return app;
}
