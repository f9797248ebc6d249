import { setTimeout as delay } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger } from 'pino';
import { createApp } from './app.setup.js';
import { SystemClock } from './common/clock.js';
import { type Config, readConfig } from './config/env.js';
import { loadEnvironment } from './config/environment.js';
import { createLogger } from './config/logger.js';
import type { TracingSettings } from './config/tracing.js';
import { type OpenDatabase, openDatabase } from './database/open-database.js';
import { HealthService } from './modules/health/health.service.js';
import { lastWords, ListenError } from './operators-fault.js';
import type { Tracing } from './telemetry/tracing.js';

/** What has been brought up, and has to be brought down in order. */
interface Running {
  readonly tracing?: Tracing | undefined;
  readonly database: OpenDatabase;
  /** Absent where the start was called off before it came to that. */
  readonly app?: NestFastifyApplication;
}

async function start(): Promise<void> {
  const config = readConfig(loadEnvironment());
  const logger = createLogger(config.logLevel);
  const calledOff = new AbortController();
  const started = bringUp(config, logger, calledOff.signal);

  const drain = async (signal: string): Promise<void> => {
    logger.info(`${signal}: finishing what runs`);
    const endsAt = performance.now() + config.shutdownGraceMs;
    setTimeout(() => {
      logger.error(`Not finished within SHUTDOWN_GRACE_MS (${config.shutdownGraceMs} ms); ending anyway`);
      process.exit(1);
    }, config.shutdownGraceMs).unref();
    calledOff.abort();
    const { tracing, database, app } = await started;
    if (app) {
      const health = app.get(HealthService);
      health.startDraining();
      // A balancer learns of it when it asks next, and sends requests until then: they are still served.
      if (health.isWatched) await delay(config.shutdownGraceMs / 2);
      await app.close();
    }
    const flushWithinMs = Math.min(FLUSH_MS, (endsAt - performance.now()) / 2);
    await Promise.all([database.close(), tracing?.stop(flushWithinMs)]);
    logger.info('Stopped');
    process.exit(0);
  };
  let firstSignalAt: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (firstSignalAt === undefined) {
        firstSignalAt = performance.now();
        drain(signal).catch(fail);
      } else if (performance.now() - firstSignalAt > ECHO_MS) {
        // A second one means: now.
        process.exit(1);
      }
    });
  }
  await started;
}

/** Begins no further step once the start is called off. */
async function bringUp(config: Config, logger: Logger, calledOff: AbortSignal): Promise<Running> {
  const tracing = config.tracing && (await startTraces(config.tracing, logger));
  const database = await openDatabase(config);
  if (calledOff.aborted) return { tracing, database };
  const app = await createApp({ config, database, clock: new SystemClock(), tracer: tracing }, logger);
  // Apart from listening, whose faults are those of HOST and PORT.
  await app.init();
  if (calledOff.aborted) return { tracing, database, app };
  await app.listen(config.port, config.host).catch((error: unknown) => {
    throw new ListenError(config, error);
  });

  const url = await app.getUrl();
  logger.info(`Stagedoor listens on ${url}`);
  logger.info(`Its documentation is at ${url}/docs`);
  if (database.embedded) {
    logger.info('The embedded database is for trying out and small uses; for more, set DATABASE_URL=postgres://…');
  }
  return { tracing, database, app };
}

/** How long the end may wait for a collector: one that hangs must not make of an orderly end one by force. */
const FLUSH_MS = 3000;

/** Nothing of OpenTelemetry is loaded before this. */
async function startTraces(settings: TracingSettings, logger: Logger): Promise<Tracing> {
  const { startTracing } = await import('./telemetry/tracing.js');
  const tracing = startTracing(settings, logger);
  logger.info(`Requests are traced (OpenTelemetry: ${settings.exporters.join(', ')})`);
  return tracing;
}

/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm; that is not somebody's second one. */
const ECHO_MS = 500;

/** Says what is wrong in a sentence where an operator can mend it, with a stack where it is a fault of ours. */
function fail(error: unknown): void {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exit(1);
}

await start().catch(fail);
