import { availableParallelism } from 'node:os';
import { validateCronExpression } from 'cron';
import { canonicalEmail } from '../common/email.js';
import { passwordFault } from '../common/password-policy.js';
import { isSampleSecret } from './sample-secrets.js';
import { SettingsReader } from './settings-reader.js';
import { readTracing, type TracingSettings } from './tracing.js';

/** Everything the server can be told, parsed and checked once. Times end in their unit. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** PostgreSQL 14 or later. Absent: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly databasePoolMax: number;
  readonly databaseAcquireTimeoutMs: number;
  readonly databaseStatementTimeoutMs: number;
  readonly dataDir: string;
  /** Where instances count rate limits together. Absent: each by itself. */
  readonly redisUrl: string | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly feedTokenTtlSeconds: number;
  readonly refreshTokenRotation: boolean;
  readonly refreshTokenPurgeCron: string;
  readonly revealUnknownUsername: boolean;
  /** At least 32 bytes. Absent: with the embedded database one is generated and kept in `dataDir`. */
  readonly appSecret: string | undefined;
  /** Opens what was sealed before `appSecret` was changed. */
  readonly appSecretPrevious: string | undefined;
  readonly tokenIssuer: string;
  readonly tokenAudience: string;
  readonly superAdmin: { readonly email: string; readonly password: string } | undefined;
  readonly production: boolean;
  readonly rateLimitEnabled: boolean;
  /** As Fastify's `trustProxy`: nobody, everybody, a number of hops, or addresses and networks. */
  readonly trustProxy: boolean | number | string;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly hashConcurrency: number;
  readonly hashQueueMax: number;
  readonly requestTimeoutMs: number;
  readonly shutdownGraceMs: number;
  readonly sessionsPerUserMax: number;
  readonly metricsEnabled: boolean;
  /** Absent: no traces. */
  readonly tracing: TracingSettings | undefined;
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Injection token of the {@link Config}. */
export const CONFIG = Symbol('Config');

/** Thrown by {@link readConfig}; `faults` lists everything that is wrong, one sentence each. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      ['The configuration has faults; nothing was started:', ...faults.map((fault) => `  - ${fault}`)].join('\n') +
        '\nEvery setting is described in .env.example.',
    );
    this.name = 'ConfigError';
  }
}

const YEAR_SECONDS = 365 * 86_400;
const MINUTES_10_MS = 600_000;

/**
 * Reads all settings of the environment. An empty text counts as not set.
 * @throws {ConfigError} naming every fault at once, never only the first, and never a secret's value
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const read = new SettingsReader(env);
  const production = read.oneOf('NODE_ENV', ['development', 'test', 'production'], 'development') === 'production';
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const config: Config = {
    host: read.text('HOST', '127.0.0.1'),
    port: read.integer('PORT', 3000, 0, 65_535),
    databaseUrl,
    databasePoolMax: read.integer('DATABASE_POOL_MAX', 10, 1, 1000),
    databaseAcquireTimeoutMs: read.integer('DATABASE_ACQUIRE_TIMEOUT_MS', 5000, 100, MINUTES_10_MS),
    databaseStatementTimeoutMs: read.integer('DATABASE_STATEMENT_TIMEOUT_MS', 10_000, 100, MINUTES_10_MS),
    dataDir: read.text('DATA_DIR', './data'),
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
    accessTokenTtlSeconds: read.integer('ACCESS_TOKEN_TTL', 3600, 1, YEAR_SECONDS),
    refreshTokenTtlSeconds: read.integer('REFRESH_TOKEN_TTL', 2_592_000, 1, 10 * YEAR_SECONDS),
    feedTokenTtlSeconds: read.integer('FEED_TOKEN_TTL', 86_400, 1, YEAR_SECONDS),
    refreshTokenRotation: read.boolean('REFRESH_TOKEN_ROTATION', false),
    refreshTokenPurgeCron: read.text('REFRESH_TOKEN_PURGE_CRON', '0 * * * *'),
    revealUnknownUsername: read.boolean('REVEAL_UNKNOWN_USERNAME', false),
    appSecret: read.secret('APP_SECRET', 32),
    appSecretPrevious: read.secret('APP_SECRET_PREVIOUS', 32),
    tokenIssuer: read.text('TOKEN_ISSUER', 'stagedoor'),
    tokenAudience: read.text('TOKEN_AUDIENCE', 'stagedoor'),
    superAdmin: readSuperAdmin(read),
    production,
    rateLimitEnabled: read.boolean('RATE_LIMIT_ENABLED', true),
    trustProxy: read.trustProxy('TRUST_PROXY'),
    corsOrigins: read.origins('CORS_ORIGINS'),
    logLevel: read.oneOf('LOG_LEVEL', LOG_LEVELS, 'info'),
    hashConcurrency: read.integer('HASH_CONCURRENCY', Math.max(1, availableParallelism() - 1), 1, 64),
    hashQueueMax: read.integer('HASH_QUEUE_MAX', 128, 0, 100_000),
    requestTimeoutMs: read.integer('REQUEST_TIMEOUT_MS', 30_000, 100, MINUTES_10_MS),
    shutdownGraceMs: read.integer('SHUTDOWN_GRACE_MS', 10_000, 0, MINUTES_10_MS),
    sessionsPerUserMax: read.integer('SESSIONS_PER_USER_MAX', 100, 1, 10_000),
    metricsEnabled: read.boolean('METRICS_ENABLED', false),
    tracing: readTracing(read),
  };
  const cron = validateCronExpression(config.refreshTokenPurgeCron);
  if (!cron.valid) read.fault('REFRESH_TOKEN_PURGE_CRON must be a cron expression such as "0 * * * *"');
  if (config.refreshTokenTtlSeconds < config.accessTokenTtlSeconds) {
    read.fault('REFRESH_TOKEN_TTL must not be shorter than ACCESS_TOKEN_TTL');
  }
  if (config.redisUrl !== undefined && !/^\/?\d*$/.test(new URL(config.redisUrl).pathname)) {
    read.fault('REDIS_URL must end after its host, or with the number of a database, such as redis://cache:6379/0');
  }
  if (databaseUrl !== undefined && config.appSecret === undefined && !read.isFaulty('APP_SECRET')) {
    read.fault(
      'APP_SECRET is required with DATABASE_URL: 32 bytes or more, the same on every instance; make one with: openssl rand -base64 48',
    );
  }
  if (config.appSecretPrevious !== undefined) {
    if (config.appSecret === config.appSecretPrevious) {
      read.fault('APP_SECRET_PREVIOUS must be the secret before APP_SECRET, not the same');
    } else if (config.appSecret === undefined && databaseUrl === undefined && !read.isFaulty('APP_SECRET')) {
      read.fault('APP_SECRET_PREVIOUS needs the new secret beside it: set APP_SECRET too');
    }
  }
  if (production) refuseSampleSecrets(read, config);
  if (read.faults.length > 0) throw new ConfigError(read.faults);
  return config;
}

function readSuperAdmin(read: SettingsReader): Config['superAdmin'] {
  const address = read.optionalText('SUPER_ADMIN_EMAIL');
  const email = address === undefined ? undefined : canonicalEmail(address);
  const password = read.secretBy('SUPER_ADMIN_PASSWORD', (chosen) => {
    const fault = passwordFault(chosen, email ?? '')?.replace(/^password /, '');
    // Refused even where the account is there and the setting is of no use any more: who reads it cannot know.
    return fault && `${fault}; it only makes the first SUPER_ADMIN: unset both once it is there`;
  });
  if (address !== undefined && email === undefined) read.fault('SUPER_ADMIN_EMAIL must be an e-mail address');
  if ((address === undefined) !== (password === undefined) && !read.isFaulty('SUPER_ADMIN_PASSWORD')) {
    read.fault('SUPER_ADMIN_EMAIL and SUPER_ADMIN_PASSWORD must be set together, or neither');
  }
  return email === undefined || password === undefined ? undefined : { email, password };
}

function refuseSampleSecrets(read: SettingsReader, config: Config): void {
  const secrets = {
    APP_SECRET: config.appSecret,
    APP_SECRET_PREVIOUS: config.appSecretPrevious,
    SUPER_ADMIN_PASSWORD: config.superAdmin?.password,
  };
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret !== undefined && isSampleSecret(secret)) {
      read.fault(`${name} is a sample that anyone can read in public documentation; choose one of your own`);
    }
  }
}
