import { createApp } from './app.setup.js';
import { SystemClock } from './common/clock.js';
import { ConfigError, readConfig } from './config/env.js';
import { loadEnvironment } from './config/environment.js';
import { createLogger } from './config/logger.js';
import { FolderInUseError } from './database/folder-lock.js';
import { openDatabase } from './database/open-database.js';
import { WrongAppSecretError } from './modules/auth/tokens/secret-seal.js';
import { HealthService } from './modules/health/health.service.js';

async function start(): Promise<void> {
  const config = readConfig(loadEnvironment());
  const logger = createLogger(config.logLevel);
  const database = await openDatabase(config);
  const app = await createApp({ config, database, clock: new SystemClock() }, logger);
  await app.listen(config.port, config.host);

  const url = await app.getUrl();
  logger.info(`Stagedoor listens on ${url}`);
  logger.info(`Its documentation is at ${url}/docs`);
  if (database.embedded) {
    logger.info('The embedded database is for trying out and small uses; for more, set DATABASE_URL=postgres://…');
  }

  const drain = async (signal: string): Promise<void> => {
    logger.info(`${signal}: finishing what runs`);
    setTimeout(() => {
      logger.error(`Not finished within SHUTDOWN_GRACE_MS (${config.shutdownGraceMs} ms); ending anyway`);
      process.exit(1);
    }, config.shutdownGraceMs).unref();
    app.get(HealthService).startDraining();
    await app.close();
    await database.close();
    logger.info('Stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // A second one means: now.
      process.once(signal, () => process.exit(1));
      drain(signal).catch(fail);
    });
  }
}

/** Says what is wrong in a sentence where an operator can mend it, with a stack where it is a fault of ours. */
function fail(error: unknown): void {
  const known = [ConfigError, FolderInUseError, WrongAppSecretError].some((kind) => error instanceof kind);
  process.stderr.write(`${!(error instanceof Error) ? String(error) : known ? error.message : error.stack}\n`);
  process.exit(1);
}

await start().catch(fail);
