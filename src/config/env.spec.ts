import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Config, ConfigError, readConfig } from './env.js';

type Environment = Record<string, string | undefined>;

/** The configuration of a server told nothing, as the published table of settings has it. */
const DEFAULTS: Config = {
  host: '127.0.0.1',
  port: 3000,
  databaseUrl: undefined,
  databasePoolMax: 10,
  dataDir: './data',
  redisUrl: undefined,
  accessTokenTtlSeconds: 3600,
  refreshTokenTtlSeconds: 2_592_000,
  feedTokenTtlSeconds: 86_400,
  refreshTokenRotation: false,
  revealUnknownUsername: false,
  refreshTokenPurgeCron: '0 * * * *',
  appSecret: undefined,
  appSecretPrevious: undefined,
  tokenIssuer: 'stagedoor',
  tokenAudience: 'stagedoor',
  superAdmin: undefined,
  production: false,
  rateLimitEnabled: true,
  trustProxy: false,
  corsOrigins: [],
  logLevel: 'info',
  hashConcurrency: Math.max(1, availableParallelism() - 1),
  hashQueueMax: 128,
  databaseAcquireTimeoutMs: 5000,
  databaseStatementTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  shutdownGraceMs: 10_000,
  sessionsPerUserMax: 100,
  metricsEnabled: false,
  tracing: undefined,
};

const COLLECTOR = 'http://collector:4318';
const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR };

const SECRET = 'k7Qm2vXw9TzR4bNc8LpY1sHd6JfG3aE5';

function faultsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('gives every setting its published default', () => {
    expect(readConfig({})).toEqual(DEFAULTS);
  });

  it('counts an empty text, and one of spaces, as not set', () => {
    const names = ['HOST', 'PORT', 'DATABASE_URL', 'REDIS_URL', 'APP_SECRET', 'LOG_LEVEL', 'CORS_ORIGINS', 'NODE_ENV'];
    expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(DEFAULTS);
    expect(readConfig({ PORT: '  ', HOST: ' ' })).toEqual(DEFAULTS);
  });

  it.each<[keyof Config, Environment, unknown]>([
    ['host', { HOST: '0.0.0.0' }, '0.0.0.0'],
    ['port', { PORT: '0' }, 0],
    ['redisUrl', { REDIS_URL: 'rediss://user:pass@cache:6380/2' }, 'rediss://user:pass@cache:6380/2'],
    ['databasePoolMax', { DATABASE_POOL_MAX: '25' }, 25],
    ['dataDir', { DATA_DIR: '/var/lib/stagedoor' }, '/var/lib/stagedoor'],
    ['accessTokenTtlSeconds', { ACCESS_TOKEN_TTL: '60' }, 60],
    ['refreshTokenTtlSeconds', { REFRESH_TOKEN_TTL: '7200' }, 7200],
    ['feedTokenTtlSeconds', { FEED_TOKEN_TTL: '30' }, 30],
    ['revealUnknownUsername', { REVEAL_UNKNOWN_USERNAME: 'true' }, true],
    ['refreshTokenPurgeCron', { REFRESH_TOKEN_PURGE_CRON: '*/5 * * * * *' }, '*/5 * * * * *'],
    ['appSecret', { APP_SECRET: SECRET }, SECRET],
    ['tokenIssuer', { TOKEN_ISSUER: 'https://auth.acme.test' }, 'https://auth.acme.test'],
    ['tokenAudience', { TOKEN_AUDIENCE: 'acme' }, 'acme'],
    ['production', { NODE_ENV: 'production' }, true],
    ['rateLimitEnabled', { RATE_LIMIT_ENABLED: 'false' }, false],
    ['trustProxy', { TRUST_PROXY: 'true' }, true],
    ['trustProxy', { TRUST_PROXY: '2' }, 2],
    ['trustProxy', { TRUST_PROXY: '10.0.0.0/8, fd00::/8,loopback' }, '10.0.0.0/8, fd00::/8,loopback'],
    [
      'corsOrigins',
      { CORS_ORIGINS: 'https://a.test, http://localhost:5173,' },
      ['https://a.test', 'http://localhost:5173'],
    ],
    ['logLevel', { LOG_LEVEL: 'silent' }, 'silent'],
    ['hashConcurrency', { HASH_CONCURRENCY: '3' }, 3],
    ['hashQueueMax', { HASH_QUEUE_MAX: '0' }, 0],
    ['databaseAcquireTimeoutMs', { DATABASE_ACQUIRE_TIMEOUT_MS: '250' }, 250],
    ['databaseStatementTimeoutMs', { DATABASE_STATEMENT_TIMEOUT_MS: '250' }, 250],
    ['requestTimeoutMs', { REQUEST_TIMEOUT_MS: '1000' }, 1000],
    ['shutdownGraceMs', { SHUTDOWN_GRACE_MS: '0' }, 0],
    ['sessionsPerUserMax', { SESSIONS_PER_USER_MAX: '1' }, 1],
    ['metricsEnabled', { METRICS_ENABLED: 'true' }, true],
    [
      'databaseUrl',
      { DATABASE_URL: 'postgresql://u:p@db:5432/app', APP_SECRET: SECRET },
      'postgresql://u:p@db:5432/app',
    ],
    [
      'superAdmin',
      { SUPER_ADMIN_EMAIL: 'Root@Acme.TEST', SUPER_ADMIN_PASSWORD: ' kept as it is ' },
      { email: 'root@acme.test', password: ' kept as it is ' },
    ],
  ])('reads %s from %o', (name, env, expected) => {
    expect(readConfig(env)[name]).toEqual(expected);
  });

  it.each<[string, Environment, object | undefined]>([
    ['an endpoint', TRACED, {}],
    ['an endpoint of traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces' }, {}],
    ['an exporter', { OTEL_TRACES_EXPORTER: 'otlp' }, {}],
    ['the log as exporter', { OTEL_TRACES_EXPORTER: ' console , otlp' }, { exporters: ['otlp', 'console'] }],
    ['a protocol', { ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { protocol: 'http/json' }],
    [
      'a protocol of traces, over the one of everything',
      { ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      {},
    ],
    ['no propagator', { ...TRACED, OTEL_PROPAGATORS: 'none' }, { continuesTraces: false }],
    ['the SDK disabled', { ...TRACED, OTEL_SDK_DISABLED: 'True' }, undefined],
    ['the SDK disabled, and a fault', { OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: 'true' }, undefined],
    ['no exporter', { ...TRACED, OTEL_TRACES_EXPORTER: 'none' }, undefined],
    ['a protocol alone', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_SERVICE_NAME: 'x' }, undefined],
  ])('takes from %s whether there are traces', (_, env, expected) => {
    const preset = { exporters: ['otlp'], protocol: 'http/protobuf', continuesTraces: true };
    expect(readConfig(env).tracing).toEqual(expected && { ...preset, ...expected });
  });

  it.each<[string, Environment]>([
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '0x10' }],
    ['PORT', { PORT: '3000.5' }],
    ['PORT', { PORT: '-1' }],
    ['DATABASE_POOL_MAX', { DATABASE_POOL_MAX: '0' }],
    ['ACCESS_TOKEN_TTL', { ACCESS_TOKEN_TTL: '0' }],
    ['REFRESH_TOKEN_TTL', { REFRESH_TOKEN_TTL: '1h' }],
    ['REFRESH_TOKEN_TTL', { REFRESH_TOKEN_TTL: '60', ACCESS_TOKEN_TTL: '61' }],
    ['RATE_LIMIT_ENABLED', { RATE_LIMIT_ENABLED: 'no' }],
    ['REVEAL_UNKNOWN_USERNAME', { REVEAL_UNKNOWN_USERNAME: 'TRUE' }],
    ['NODE_ENV', { NODE_ENV: 'prod' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['REFRESH_TOKEN_PURGE_CRON', { REFRESH_TOKEN_PURGE_CRON: 'hourly' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://db/app', APP_SECRET: SECRET }],
    ['DATABASE_URL', { DATABASE_URL: 'db', APP_SECRET: SECRET }],
    ['APP_SECRET', { DATABASE_URL: 'postgres://db/app' }],
    ['APP_SECRET', { APP_SECRET: 'a'.repeat(31) }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.test/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'a.test' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'everybody' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
    ['SUPER_ADMIN_EMAIL', { SUPER_ADMIN_EMAIL: 'root', SUPER_ADMIN_PASSWORD: 'Open-5esame-root' }],
    ['SUPER_ADMIN_EMAIL', { SUPER_ADMIN_PASSWORD: 'Open-5esame-root' }],
    ['SUPER_ADMIN_PASSWORD', { SUPER_ADMIN_EMAIL: 'root@acme.test' }],
    ...[
      'short',
      'é'.repeat(7),
      'kettle-9-Orbit'.repeat(10),
      'kettle\tOrbit',
      'Password1',
      'aaaaaaaa',
      '3456789012',
    ].map((SUPER_ADMIN_PASSWORD): [string, Environment] => [
      'SUPER_ADMIN_PASSWORD',
      { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD },
    ]),
    ['SUPER_ADMIN_PASSWORD', { SUPER_ADMIN_EMAIL: 'Superuser@acme.test', SUPER_ADMIN_PASSWORD: 'superUser' }],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'grpc://collector' }],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', { ...TRACED, OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'grpc' }],
    ['OTEL_TRACES_EXPORTER', { OTEL_TRACES_EXPORTER: 'otlp,zipkin' }],
    ['OTEL_PROPAGATORS', { ...TRACED, OTEL_PROPAGATORS: 'b3' }],
  ])('refuses a faulty %s in one sentence: %o', (name, env) => {
    expect(faultsOf(env)).toEqual([expect.stringContaining(name)]);
  });

  it('tells an operator whose SUPER_ADMIN is there already that the password may go', () => {
    const [fault] = faultsOf({ SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'old one' });
    expect(fault).toMatch(/^SUPER_ADMIN_PASSWORD must have at least 8 characters;.* unset both once it is there$/);
  });

  it('holds the password of the SUPER_ADMIN to the rules that everybody’s is held to, and to no others', () => {
    for (const password of ['Root-Passw0rd!', 'é'.repeat(7) + '🎸', ' leads and trails ']) {
      const env = { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: password };
      expect(readConfig(env).superAdmin?.password).toBe(password);
    }
  });

  it('names all faults at once, each with its setting', () => {
    const env = {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      HASH_QUEUE_MAX: '-1',
      CORS_ORIGINS: '*,nope',
      DATABASE_URL: 'postgres://db/app',
    };
    const faults = faultsOf(env);
    expect(faults).toHaveLength(6);
    for (const name of [...Object.keys(env), 'APP_SECRET'].filter((name) => name !== 'DATABASE_URL')) {
      expect(faults.some((fault) => fault.startsWith(name))).toBe(true);
    }
    expect(() => readConfig(env)).toThrow(faults.join('\n  - '));
  });

  it.each<Environment>([
    { APP_SECRET: 'hush-hush' },
    { APP_SECRET_PREVIOUS: 'hush-hush' },
    { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'hush' },
    { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'hush\thush\thush' },
    { SUPER_ADMIN_EMAIL: 'hush-hush@acme.test', SUPER_ADMIN_PASSWORD: 'Hush-Hush' },
    { SUPER_ADMIN_EMAIL: 'nobody', SUPER_ADMIN_PASSWORD: 'hush-hush-hush' },
    { DATABASE_URL: 'mysql://user:hush-hush@db/app' },
    { DATABASE_URL: 'postgres://user:hush-hush@db:99999/app' },
    { REDIS_URL: 'http://:hush-hush@cache' },
    { REDIS_URL: 'redis://:hush-hush@cache/first' },
    { NODE_ENV: 'production', APP_SECRET: `change-me-hush-${'0123456789'.repeat(3)}` },
    { NODE_ENV: 'production', SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'change-me-hush' },
  ])('never repeats a secret in a fault: %o', (env) => {
    const faults = faultsOf(env);
    expect(faults).not.toEqual([]);
    expect(faults.join()).not.toContain('hush');
  });

  describe('sample secrets', () => {
    const root = (SUPER_ADMIN_PASSWORD: string): Environment => ({
      SUPER_ADMIN_EMAIL: 'root@acme.test',
      SUPER_ADMIN_PASSWORD,
    });

    it.each<Environment>([
      root('Root-Passw0rd!'),
      root('root-passw0rd!'),
      root('SecurePass123!'),
      root('securePassword123'),
      root('change-me-please'),
      root('your-password'),
      { APP_SECRET: 'change-this-to-a-long-random-text-of-yours' },
      { APP_SECRET: 'example-secret-example-secret-example' },
      { APP_SECRET: 'your_secret_goes_here_and_is_long_enough' },
      { APP_SECRET: '0'.repeat(64) },
    ])('are refused with NODE_ENV=production: %o', (env) => {
      expect(faultsOf({ ...env, NODE_ENV: 'production' })).toEqual([expect.stringMatching(/sample/)]);
    });

    it.each<Environment>([{ APP_SECRET: SECRET }, root('kettle-9-Orbit')])(
      'are told from a secret of one’s own: %o',
      (env) => {
        expect(readConfig({ ...env, NODE_ENV: 'production' }).production).toBe(true);
      },
    );

    it.each(['development', 'test'])('are taken with NODE_ENV=%s', (NODE_ENV) => {
      expect(readConfig({ ...root('change-me-please'), NODE_ENV }).superAdmin?.password).toBe('change-me-please');
    });
  });
});
