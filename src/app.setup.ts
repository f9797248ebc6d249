import 'reflect-metadata';
import fastifyCors from '@fastify/cors';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { CONTRACTS, FALLBACK_CONTRACT } from './app.contracts.js';
import { AppModule, type AppParts } from './app.module.js';
import { NestLogger } from './config/logger.js';
import { LastUsedWriter } from './database/last-used-writer.js';
import { ContractErrorFilter } from './http/output/contract-error.filter.js';
import { RepeatedErrors } from './http/output/repeated-errors.js';
import { setUpDocs } from './http/docs/docs.js';
import { corsOptions } from './http/server/cors.js';
import { createHttpAdapter } from './http/server/http-adapter.js';
import { refuseEncodedPaths } from './http/server/literal-paths.js';
import { logMissingSettings } from './http/server/missing-settings.js';
import { refuseMalformed } from './http/server/malformed-requests.js';
import { NoUnknownInputGuard } from './http/input/no-unknown-input.guard.js';
import { createValidationPipe } from './http/input/validation.pipe.js';
import { AccessDenials } from './modules/security-events/access-denials.js';
import { AuditTrail } from './modules/security-events/audit-trail.js';
import { logAccess } from './operations/access-log.js';
import { serveLiveness } from './operations/liveness.js';
import { RequestMetrics } from './operations/metrics/request-metrics.js';
import { OPERATIONS_DOCS } from './operations/operations.docs.js';
import { HealthService } from './operations/health.service.js';

/** Creates the application, the same for the server and for tests. */
export async function createApp(parts: AppParts, logger: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(parts),
    createHttpAdapter(parts.config, CONTRACTS, FALLBACK_CONTRACT, parts.tracer),
    { bodyParser: false, logger: new NestLogger(logger), abortOnError: false },
  );
  if (parts.config.corsOrigins.length > 0) {
    await app.register(fastifyCors, corsOptions(parts.config.corsOrigins));
  }
  logMissingSettings(app.getHttpAdapter().getInstance(), parts.config);
  if (parts.config.accessLog) logAccess(app.getHttpAdapter().getInstance(), logger);
  refuseMalformed(app.getHttpAdapter().getInstance());
  refuseEncodedPaths(app.getHttpAdapter().getInstance());
  if (parts.config.metricsEnabled) app.get(RequestMetrics).observe(app.getHttpAdapter().getInstance());
  const repeatedErrors = new RepeatedErrors();
  const denials = app.get(AccessDenials);
  app.useGlobalFilters(new ContractErrorFilter(CONTRACTS, FALLBACK_CONTRACT, repeatedErrors, denials));
  app.useGlobalGuards(new NoUnknownInputGuard());
  app.useGlobalPipes(createValidationPipe());
  const health = app.get(HealthService);
  // While draining, clients must not reuse the connection: it closes before their next request.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onSend', (_request, reply, payload, done) => {
      if (health.isDraining) void reply.header('connection', 'close');
      done(null, payload);
    });
  // What the last requests add. Fastify runs it when the last request has finished, and Nest closes the pool after
  // Fastify.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onClose', async () => {
      repeatedErrors.close();
      await Promise.all([app.get(AuditTrail).close(), app.get(LastUsedWriter).flush()]);
    });
  serveLiveness(app.getHttpAdapter().getInstance());
  if (parts.config.docsEnabled) {
    const { publicUrl } = parts.config;
    const { version } = health;
    setUpDocs(app, { contracts: CONTRACTS, main: FALLBACK_CONTRACT, version, beside: OPERATIONS_DOCS, publicUrl });
  }
  return app;
}
