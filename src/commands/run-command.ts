import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import type { Clock } from '../common/clock.js';
import { SystemClock } from '../common/clock.js';
import type { SecretSeal } from '../common/secret-seal.js';
import type { Config } from '../config/config.js';
import { readConfig } from '../config/read-config.js';
import { loadEnvironment } from '../config/load-dotenv.js';
import { createLogger, NestLogger } from '../config/logger.js';
import { openSecretSeal } from '../database/app-secret.js';
import type { Database } from '../database/database.js';
import { hasDatabase } from '../database/embedded/data-folder.js';
import { hasSchema } from '../database/migrate.js';
import { openDatabase } from '../database/open-database.js';
import { ENTITIES } from './entities.js';
import { startupProblem } from '../startup-error.js';

/** A command may change every session of a large database in one statement. */
const STATEMENT_TIMEOUT_MS = 600_000;

export interface CommandContext {
  readonly config: Config;
  readonly database: Database;
  readonly dataSource: DataSource;
  readonly secretSeal: SecretSeal;
  readonly clock: Clock;
}

/** The command cannot do what was asked, for a reason that its message explains to the operator. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export interface Command<Arguments> {
  /** How it is called, without the word "Usage". */
  readonly usage: string;
  /** Whether it makes the embedded database, or the tables, where there are none. */
  readonly createsDatabase?: boolean;
  /** Reads what follows the command's name. Undefined: the usage is printed instead. */
  parse(args: string[]): Arguments | undefined;
  run(args: Arguments, context: CommandContext): Promise<void>;
}

/**
 * Runs a command with the settings of the server and on its database, which is migrated first. Where `DATABASE_URL` is
 * set, servers may be running; the embedded database must not be in use.
 *
 * Warnings go to standard error. On failure, so does the reason, and the exit code is 1.
 */
export async function runCommand<Arguments>(command: Command<Arguments>): Promise<void> {
  try {
    const args = parse(command);
    const { variables, problems } = loadEnvironment();
    const settings = readConfig(variables, problems);
    const config = { ...settings, databasePoolMax: 2, databaseStatementTimeoutMs: STATEMENT_TIMEOUT_MS };
    Logger.overrideLogger(new NestLogger(createLogger('warn', pino.destination({ dest: 2, sync: true }))));
    if (command.createsDatabase !== true) await assertDatabaseExists(config);
    const database = await openDatabase(config);
    try {
      const dataSource = await database.connect(ENTITIES);
      const secretSeal = await openSecretSeal(config);
      await command.run(args, { config, database, dataSource, secretSeal, clock: new SystemClock() });
    } finally {
      await database.close();
    }
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exitCode = 1;
  }
}

/** A mistyped setting must not end in a new, empty database on which the command succeeds. */
async function assertDatabaseExists({ databaseUrl, databaseDirectUrl, dataDir }: Config): Promise<void> {
  const folder = resolve(dataDir);
  const url = databaseDirectUrl ?? databaseUrl;
  if (url === undefined ? await hasDatabase(folder) : await hasSchema(url)) return;
  throw new CommandError(
    url === undefined
      ? `There is no database in ${folder}. Run the command where the server runs and with its settings, or set ` +
          'DATA_DIR or DATABASE_URL.'
      : 'The database at DATABASE_URL has no tables of Stagedoor. Check the URL; npm run migrate creates them.',
  );
}

function parse<Arguments>(command: Command<Arguments>): Arguments {
  try {
    const args = command.parse(process.argv.slice(2));
    if (args !== undefined) return args;
  } catch (error) {
    // An option that the command does not have.
    if (!(error instanceof TypeError)) throw error;
  }
  throw new CommandError(`Usage: ${command.usage}`);
}

function describe(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  return startupProblem(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** Prints a line for the operator. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
