import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Logger as PinoLogger } from 'pino';
import { CONTRACTS, FALLBACK_CONTRACT } from './app.contracts.js';
import { createApp } from './app.setup.js';
import { SystemClock } from './common/clock.js';
import type { Config } from './config/config.js';
import { readConfig } from './config/read-config.js';
import { loadEnvironment } from './config/load-dotenv.js';
import { createLogger, NestLogger } from './config/logger.js';
import { logProcessWarnings } from './config/process-warnings.js';
import { threadPoolSize, threadsNeeded } from './config/thread-pool.js';
import type { TracingSettings } from './config/tracing-settings.js';
import { openSecretSeal } from './database/app-secret.js';
import type { Database } from './database/database.js';
import { openDatabase } from './database/open-database.js';
import { StartupServer } from './http/server/startup-server.js';
import { HealthService } from './operations/health.service.js';
import { shutdownDelayMs } from './operations/shutdown-delay.js';
import { ListenError, logStartupError } from './startup-error.js';
import { argon2Build } from './modules/passwords/argon2.js';
import type { Tracing } from './telemetry/tracing.js';

/** Milliseconds that a shutdown waits for a trace collector at most. */
const FLUSH_MS = 3000;
/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm. A second signal within this time is that. */
const DUPLICATE_SIGNAL_MS = 500;

/** What has been started, and has to be closed in order. */
interface Running {
  readonly tracing?: Tracing | undefined;
  readonly database: Database;
  /** Undefined where the start was aborted before. */
  readonly app?: NestFastifyApplication;
}

async function start(): Promise<void> {
  // By default V8 lets the heap grow to a multiple of what is in use before it collects: an upload of 100,000 lines, a
  // batch at a time, took up to 170 MiB more.
  setFlagsFromString('--heap-growing-percent=30');
  // Before the `.env` file is loaded, which comes too late for the pool.
  const threads = threadPoolSize();
  const { variables, problems } = loadEnvironment();
  const config = readConfig(variables, problems);
  const logger = createLogger(config.logLevel);
  // For what is logged before the app exists.
  Logger.overrideLogger(new NestLogger(logger));
  logProcessWarnings(logger, process);
  for (const warning of config.warnings) logger.warn(warning);
  logThreads(threads, config, logger);
  logger.info(`The argon2 binary is ${argon2Build()}`);
  const abort = new AbortController();
  const running = startServer(config, logger, abort.signal);
  onSignal((signal) => {
    logger.info(`${signal}: finishing running requests`);
    abort.abort();
    return shutDown(running, config, logger);
  });
  await running;
}

function logThreads(threads: number, { hashConcurrency }: Config, logger: PinoLogger): void {
  const needed = threadsNeeded(hashConcurrency);
  const pool = `The thread pool has ${threads} threads`;
  if (threads >= needed) logger.info(`${pool}; password hashes use up to ${hashConcurrency} of them`);
  else
    logger.warn(
      `${pool}, and ${needed} are needed: DNS look-ups and files will wait for password hashes. ` +
        `Start dist/start.cjs, with UV_THREADPOOL_SIZE unset or at least ${needed}`,
    );
}

/** Starts everything in order, and no further step once the signal aborts. */
async function startServer(config: Config, logger: PinoLogger, abort: AbortSignal): Promise<Running> {
  const startupServer = await listenDuringStart(config);
  const tracing = config.tracing && (await startTraces(config.tracing, logger));
  const database = await openDatabase(config);
  if (abort.aborted) return { tracing, database };
  const secretSeal = await openSecretSeal(config);
  const parts = { config, database, secretSeal, clock: new SystemClock(), tracer: tracing };
  const app = await createApp(parts, logger);
  // Separate from listening, so that an error there is known to concern HOST and PORT.
  await app.init();
  if (abort.aborted) return { tracing, database, app };
  await startupServer?.close();
  await app.listen(config.port, config.host).catch((error: unknown) => {
    throw new ListenError(config, error);
  });

  const url = await app.getUrl();
  logger.info(`Stagedoor listens on ${url}`);
  if (config.docsEnabled) logger.info(`API documentation: ${url}/docs`);
  if (database.embedded) {
    logger.info('Using the embedded database; for production use, set DATABASE_URL=postgres://…');
  }
  return { tracing, database, app };
}

/** Answers health checks while the server starts. Not on a port that the system picks, which no one knows yet. */
async function listenDuringStart(config: Config): Promise<StartupServer | undefined> {
  if (config.port === 0) return undefined;
  const server = new StartupServer(CONTRACTS, FALLBACK_CONTRACT);
  await server.listen(config.port, config.host).catch((error: unknown) => {
    throw new ListenError(config, error);
  });
  return server;
}

/** OpenTelemetry is loaded here, and only if tracing is on. */
async function startTraces(settings: TracingSettings, logger: PinoLogger): Promise<Tracing> {
  const { startTracing } = await import('./telemetry/tracing.js');
  const tracing = startTracing(settings, logger);
  logger.info(`Tracing requests (OpenTelemetry: ${settings.exporters.join(', ')})`);
  return tracing;
}

/** Ends the process with exit code 0 once everything is closed, and with 1 once SHUTDOWN_GRACE_MS has passed. */
async function shutDown(running: Promise<Running>, config: Config, logger: PinoLogger): Promise<void> {
  const endsAt = performance.now() + config.shutdownGraceMs;
  setTimeout(() => {
    logger.error(`Not finished within SHUTDOWN_GRACE_MS (${config.shutdownGraceMs} ms): exiting anyway`);
    process.exit(1);
  }, config.shutdownGraceMs).unref();
  const { tracing, database, app } = await running;
  if (app) {
    const health = app.get(HealthService);
    health.startDraining();
    // Load balancers send requests until their next health check, clients on the connections they have open.
    await delay(await shutdownDelayMs(config, health, app.getHttpServer()));
    await app.close();
  }
  const flushWithinMs = Math.min(FLUSH_MS, (endsAt - performance.now()) / 2);
  await Promise.all([database.close(), tracing?.stop(flushWithinMs)]);
  logger.info('Stopped');
  process.exit(0);
}

/** Calls `stop` at the first SIGTERM or SIGINT; exits at once at a second one. */
function onSignal(stop: (signal: string) => Promise<void>): void {
  let firstAt: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        stop(signal).catch(fail);
      } else if (performance.now() - firstAt > DUPLICATE_SIGNAL_MS) {
        process.exit(1);
      }
    });
  }
}

function fail(error: unknown): void {
  // Whatever LOG_LEVEL is: only this line says why the process ended.
  logStartupError(createLogger('fatal'), error);
  process.exit(1);
}

await start().catch(fail);
