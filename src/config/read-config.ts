import { CronTime, validateCronExpression } from 'cron';
import { canonicalEmail } from '../common/email.js';
import { passwordProblem } from '../common/password-policy.js';
import { codePointCount, hasVisibleCharacter, isCleanText } from '../common/text.js';
import { readAccountSettings } from './account-settings.js';
import { type Config, ConfigError, LOG_LEVELS } from './config.js';
import { readHashCost } from './hash-cost.js';
import { readMailSettings } from './mail-settings.js';
import { misspelledSettings } from './misspelled-settings.js';
import { readPasskeySettings } from './passkey-settings.js';
import { readRateLimits } from './rate-limit-settings.js';
import { isSampleSecret } from './sample-secrets.js';
import { SettingsReader } from './settings-reader.js';
import { readHashConcurrency } from './thread-pool.js';
import { readTracingSettings } from './tracing-settings.js';

const YEAR_SECONDS = 365 * 86_400;
const MINUTES_10_MS = 600_000;

/**
 * Reads all settings. An empty value counts as unset. `problems` are those found before, in the `.env` file.
 * @throws {ConfigError} naming every problem at once, and never the value of a secret
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  problems: readonly string[] = [],
): Config {
  const read = new SettingsReader(env, problems);
  const production = read.oneOf('NODE_ENV', ['development', 'test', 'production'], 'development') === 'production';
  const databaseUrl = read.databaseUrl('DATABASE_URL');
  const dataDir = read.string('DATA_DIR', './data');
  const mail = readMailSettings(read, { production, isEmbedded: databaseUrl === undefined, dataDir });
  const settings = {
    host: read.string('HOST', '127.0.0.1'),
    port: read.integer('PORT', 3000, 0, 65_535),
    databaseUrl,
    databaseDirectUrl: read.databaseUrl('DATABASE_DIRECT_URL'),
    databasePoolMax: read.integer('DATABASE_POOL_MAX', 10, 1, 1000),
    databaseAcquireTimeoutMs: read.integer('DATABASE_ACQUIRE_TIMEOUT_MS', 5000, 100, MINUTES_10_MS),
    databaseStatementTimeoutMs: read.integer('DATABASE_STATEMENT_TIMEOUT_MS', 10_000, 100, MINUTES_10_MS),
    dataDir,
    embeddedDatabase: read.boolean('EMBEDDED_DATABASE', false),
    redisUrl: read.secretUrl('REDIS_URL', ['redis:', 'rediss:']),
    accessTokenTtlSeconds: read.integer('ACCESS_TOKEN_TTL', 3600, 1, YEAR_SECONDS),
    refreshTokenTtlSeconds: read.integer('REFRESH_TOKEN_TTL', 2_592_000, 1, 10 * YEAR_SECONDS),
    keyBoundTokenTtlSeconds: read.integer('FEED_TOKEN_TTL', 86_400, 1, YEAR_SECONDS),
    refreshTokenRotation: read.boolean('REFRESH_TOKEN_ROTATION', false),
    refreshTokenPurgeCron: read.string('REFRESH_TOKEN_PURGE_CRON', '0 * * * *'),
    revealUnknownUsername: read.boolean('REVEAL_UNKNOWN_USERNAME', false),
    appSecret: read.secret('APP_SECRET', 32),
    appSecretPrevious: read.secret('APP_SECRET_PREVIOUS', 32),
    tokenIssuer: read.string('TOKEN_ISSUER', 'stagedoor'),
    tokenAudience: read.string('TOKEN_AUDIENCE', 'stagedoor'),
    superAdmin: readSuperAdmin(read),
    production,
    rateLimitEnabled: read.boolean('RATE_LIMIT_ENABLED', true),
    rateLimits: readRateLimits(read),
    trustProxy: read.trustProxy('TRUST_PROXY'),
    corsOrigins: read.origins('CORS_ORIGINS'),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    hashConcurrency: readHashConcurrency(read),
    hashQueueMax: read.integer('HASH_QUEUE_MAX', 128, 0, 100_000),
    hashCost: readHashCost(read),
    requestTimeoutMs: read.integer('REQUEST_TIMEOUT_MS', 30_000, 100, MINUTES_10_MS),
    shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', 10_000, 0, MINUTES_10_MS),
    shutdownDelayMs: read.optionalInteger('SHUTDOWN_DELAY_MS', 0, MINUTES_10_MS),
    sessionsPerUserMax: read.integer('SESSIONS_PER_USER_MAX', 100, 1, 10_000),
    commit: read.string('BUILD_COMMIT', 'unknown'),
    accessLog: read.boolean('ACCESS_LOG', false),
    docsEnabled: read.boolean('DOCS_ENABLED', true),
    publicUrl: read.publicUrl('PUBLIC_URL'),
    metricsEnabled: read.boolean('METRICS_ENABLED', false),
    metricsListener: {
      host: read.string('METRICS_HOST', '127.0.0.1'),
      port: read.optionalInteger('METRICS_PORT', 0, 65_535),
    },
    appName: readAppName(read),
    mail,
    ...readAccountSettings(read, {
      sendsMail: mail !== undefined,
      hasMailUrl: read.isSet('MAIL_URL'),
    }),
    passkeys: readPasskeySettings(read),
    tracing: readTracingSettings(read),
  };
  const config: Config = { ...settings, warnings: misspelledSettings(Object.keys(env), read.names) };
  checkCombinations(read, config);
  if (production) rejectSampleSecrets(read, config);
  if (read.problems.length > 0) throw new ConfigError(read.problems, config.warnings);
  return config;
}

/** Rules that concern several settings, or a format that no reader of a single setting knows. */
function checkCombinations(read: SettingsReader, config: Config): void {
  if (!isSchedule(config.refreshTokenPurgeCron)) {
    read.report('REFRESH_TOKEN_PURGE_CRON must be a cron expression that comes due, such as "0 * * * *"');
  }
  checkDatabase(read, config);
  if (config.shutdownDelayMs !== undefined && config.shutdownDelayMs > config.shutdownGraceMs / 2) {
    read.report('SHUTDOWN_DELAY_MS must be at most half of SHUTDOWN_GRACE_MS, which includes it');
  }
  const { port: metricsPort } = config.metricsListener;
  if (metricsPort !== undefined && !config.metricsEnabled) {
    read.report('METRICS_PORT has no effect without METRICS_ENABLED=true: set it too, or unset METRICS_PORT');
  }
  if (metricsPort !== undefined && metricsPort !== 0 && metricsPort === config.port) {
    read.report('METRICS_PORT must differ from PORT');
  }
  if (config.refreshTokenTtlSeconds < config.accessTokenTtlSeconds) {
    read.report('REFRESH_TOKEN_TTL must be at least as long as ACCESS_TOKEN_TTL');
  }
  if (config.redisUrl !== undefined && !/^\/?\d*$/.test(new URL(config.redisUrl).pathname)) {
    read.report('REDIS_URL must have no path, or the number of a database, such as redis://cache:6379/0');
  }
  if (config.appSecretPrevious !== undefined) {
    if (config.appSecret === config.appSecretPrevious) {
      read.report('APP_SECRET_PREVIOUS must be the secret before APP_SECRET, and differ from it');
    } else if (config.appSecret === undefined && config.databaseUrl === undefined && !read.isInvalid('APP_SECRET')) {
      read.report('APP_SECRET_PREVIOUS has no effect without the new secret: set APP_SECRET too');
    }
  }
}

function checkDatabase(read: SettingsReader, config: Config): void {
  if (config.databaseUrl !== undefined && config.embeddedDatabase) {
    read.report('EMBEDDED_DATABASE=true and DATABASE_URL are both set: unset one of them');
  }
  if (config.databaseDirectUrl !== undefined && config.databaseUrl === undefined && !read.isInvalid('DATABASE_URL')) {
    read.report(
      'DATABASE_DIRECT_URL has no effect without DATABASE_URL, which leads to the connection pooler: set both',
    );
  }
  const isMissing = config.databaseUrl === undefined && !read.isInvalid('DATABASE_URL');
  if (isMissing && config.production && !config.embeddedDatabase) {
    read.report(
      'DATABASE_URL is required with NODE_ENV=production; for a single instance whose data is kept in DATA_DIR, ' +
        'set EMBEDDED_DATABASE=true instead',
    );
  }
  if (config.databaseUrl !== undefined && config.appSecret === undefined && !read.isInvalid('APP_SECRET')) {
    read.report(
      'APP_SECRET is required with DATABASE_URL: at least 32 bytes, the same on every instance; generate one with: ' +
        'openssl rand -base64 48',
    );
  }
}

/** Whether this is a cron expression with a next date: `0 0 31 2 *` has none. */
function isSchedule(expression: string): boolean {
  if (!validateCronExpression(expression).valid) return false;
  try {
    new CronTime(expression).sendAt();
    return true;
  } catch {
    return false;
  }
}

function readSuperAdmin(read: SettingsReader): Config['superAdmin'] {
  const address = read.optionalString('SUPER_ADMIN_EMAIL');
  const email = address === undefined ? undefined : canonicalEmail(address);
  const password = read.checkedSecret('SUPER_ADMIN_PASSWORD', (value) => {
    const problem = passwordProblem(value, email ?? '')?.message;
    // Rejected even where the account exists: the configuration alone cannot tell.
    return problem && `${problem}; it is used only to create the first SUPER_ADMIN: unset both once that exists`;
  });
  if (address !== undefined && email === undefined) read.report('SUPER_ADMIN_EMAIL must be an e-mail address');
  if ((address === undefined) !== (password === undefined) && !read.isInvalid('SUPER_ADMIN_PASSWORD')) {
    read.report('SUPER_ADMIN_EMAIL and SUPER_ADMIN_PASSWORD must be set together');
  }
  return email === undefined || password === undefined ? undefined : { email, password };
}

/** It stands in the subjects of mails. */
function readAppName(read: SettingsReader): string {
  const name = read.string('APP_NAME', 'Stagedoor');
  if (isCleanText(name) && hasVisibleCharacter(name) && codePointCount(name) <= 64) return name;
  return read.reject('APP_NAME', 'must be 1 to 64 characters, without control characters', 'Stagedoor');
}

function rejectSampleSecrets(read: SettingsReader, config: Config): void {
  const secrets = {
    APP_SECRET: config.appSecret,
    APP_SECRET_PREVIOUS: config.appSecretPrevious,
    SUPER_ADMIN_PASSWORD: config.superAdmin?.password,
  };
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret !== undefined && isSampleSecret(secret)) {
      read.report(`${name} is a sample value from public documentation; generate your own`);
    }
  }
}
