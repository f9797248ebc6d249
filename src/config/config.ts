import type { AccountSettings } from './account-settings.js';
import type { HashCost } from './hash-cost.js';
import type { MailSettings } from './mail-settings.js';
import type { PasskeySettings } from './passkey-settings.js';
import type { RateLimitRules } from './rate-limit-settings.js';
import type { TracingSettings } from './tracing-settings.js';

/** All settings, parsed and checked once. Names of durations end in their unit. */
export interface Config extends AccountSettings {
  readonly host: string;
  readonly port: number;
  /** PostgreSQL 14 or later. Undefined: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  /** The server itself, where `databaseUrl` leads to a connection pooler. */
  readonly databaseDirectUrl: string | undefined;
  readonly databasePoolMax: number;
  readonly databaseAcquireTimeoutMs: number;
  readonly databaseStatementTimeoutMs: number;
  readonly dataDir: string;
  /** Whether the embedded database may be used with `NODE_ENV=production`. */
  readonly embeddedDatabase: boolean;
  /** Where instances share rate limits. Undefined: each instance counts on its own. */
  readonly redisUrl: string | undefined;
  readonly accessTokenTtlSeconds: number;
  readonly refreshTokenTtlSeconds: number;
  readonly keyBoundTokenTtlSeconds: number;
  readonly refreshTokenRotation: boolean;
  readonly refreshTokenPurgeCron: string;
  readonly revealUnknownUsername: boolean;
  /** At least 32 bytes. Undefined: the embedded database's is generated and kept in `dataDir`. */
  readonly appSecret: string | undefined;
  /** Decrypts what was encrypted before `appSecret` changed. */
  readonly appSecretPrevious: string | undefined;
  readonly tokenIssuer: string;
  readonly tokenAudience: string;
  readonly superAdmin: { readonly email: string; readonly password: string } | undefined;
  readonly production: boolean;
  readonly rateLimitEnabled: boolean;
  readonly rateLimits: RateLimitRules;
  /** As Fastify's `trustProxy`: none, all, a number of hops, or addresses and networks. */
  readonly trustProxy: boolean | number | string;
  readonly corsOrigins: readonly string[];
  readonly logLevel: LogLevel;
  readonly hashConcurrency: number;
  readonly hashQueueMax: number;
  /** What a new password hash costs. */
  readonly hashCost: HashCost;
  readonly requestTimeoutMs: number;
  readonly shutdownGraceMs: number;
  /** Undefined: decided at shutdown, by whether clients or a load balancer are connected. */
  readonly shutdownDelayMs: number | undefined;
  readonly sessionsPerUserMax: number;
  /** The commit that this build was made from, as the build names it. */
  readonly commit: string;
  /** Whether every response is logged. */
  readonly accessLog: boolean;
  /** Whether `/docs` and the OpenAPI documents are served. */
  readonly docsEnabled: boolean;
  /** Where clients reach the server, without a slash at the end, for OpenAPI documents. Undefined: as each request did. */
  readonly publicUrl: string | undefined;
  readonly metricsEnabled: boolean;
  /** Where metrics are served on a port of their own, apart from the API; `port` undefined: on the API's port. */
  readonly metricsListener: { readonly host: string; readonly port: number | undefined };
  /** The name of the application, in mails and on prompts of passkeys. */
  readonly appName: string;
  /** Undefined: no mail is sent. */
  readonly mail: MailSettings | undefined;
  /** Undefined: passkeys are off. */
  readonly passkeys: PasskeySettings | undefined;
  /** Undefined: requests are not traced. */
  readonly tracing: TracingSettings | undefined;
  /** Variables that look like misspelled settings, one sentence each. */
  readonly warnings: readonly string[];
}

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Injection token of the {@link Config}. */
export const CONFIG = Symbol('Config');

/**
 * Thrown by `readConfig`. `problems` lists everything that is wrong, one sentence each, and `warnings` what may be
 * the reason: variables that look like misspelled settings.
 */
export class ConfigError extends Error {
  constructor(
    readonly problems: readonly string[],
    readonly warnings: readonly string[] = [],
  ) {
    super(
      [
        'Stagedoor did not start, because its configuration is invalid:',
        ...[...problems, ...warnings].map((sentence) => `  - ${sentence}`),
        'Every setting is described in docs/settings.md.',
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}
