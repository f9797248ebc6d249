import { describe, expect, it } from 'vitest';
import { availableCores } from './available-cores.js';
import { type Config, ConfigError } from './config.js';
import { readConfig } from './read-config.js';
import { readRateLimits } from './rate-limit-settings.js';
import { SettingsReader } from './settings-reader.js';

type Environment = Record<string, string | undefined>;

/** The published defaults. */
const DEFAULTS: Config = {
  host: '127.0.0.1',
  port: 3000,
  databaseUrl: undefined,
  databaseDirectUrl: undefined,
  databasePoolMax: 10,
  dataDir: './data',
  embeddedDatabase: false,
  redisUrl: undefined,
  accessTokenTtlSeconds: 3600,
  refreshTokenTtlSeconds: 2_592_000,
  keyBoundTokenTtlSeconds: 86_400,
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
  rateLimits: readRateLimits(new SettingsReader({})),
  trustProxy: false,
  corsOrigins: [],
  logLevel: 'info',
  hashConcurrency: availableCores(),
  hashQueueMax: 128,
  hashCost: { memoryKib: 19_456, passes: 2 },
  databaseAcquireTimeoutMs: 5000,
  databaseStatementTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  shutdownGraceMs: 10_000,
  shutdownDelayMs: undefined,
  passkeys: undefined,
  sessionsPerUserMax: 100,
  commit: 'unknown',
  accessLog: false,
  docsEnabled: true,
  publicUrl: undefined,
  metricsEnabled: false,
  metricsListener: { host: '127.0.0.1', port: undefined },
  appName: 'Stagedoor',
  mail: {
    transport: { kind: 'folder', path: 'data/mail' },
    from: { name: '', address: 'no-reply@localhost' },
    templatesDir: undefined,
    links: { passwordReset: undefined, emailVerify: undefined, invitation: undefined, emailUndo: undefined },
  },
  tracing: undefined,
  warnings: [],
  emailVerification: 'off',
  secondFactorRequiredFor: undefined,
  signUp: 'open',
  auditRetentionDays: 90,
  unverifiedAccountDays: undefined,
};

const COLLECTOR = 'http://collector:4318';
const TRACED = { OTEL_EXPORTER_OTLP_ENDPOINT: COLLECTOR };

const SECRET = 'k7Qm2vXw9TzR4bNc8LpY1sHd6JfG3aE5';

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  it('gives every setting its published default', () => {
    expect(readConfig({})).toEqual(DEFAULTS);
  });

  it('treats an empty or blank value as unset', () => {
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
    ['keyBoundTokenTtlSeconds', { FEED_TOKEN_TTL: '30' }, 30],
    ['revealUnknownUsername', { REVEAL_UNKNOWN_USERNAME: 'true' }, true],
    ['refreshTokenPurgeCron', { REFRESH_TOKEN_PURGE_CRON: '*/5 * * * * *' }, '*/5 * * * * *'],
    ['appSecret', { APP_SECRET: SECRET }, SECRET],
    ['tokenIssuer', { TOKEN_ISSUER: 'https://auth.acme.test' }, 'https://auth.acme.test'],
    ['tokenAudience', { TOKEN_AUDIENCE: 'acme' }, 'acme'],
    ['production', { NODE_ENV: 'production', EMBEDDED_DATABASE: 'true' }, true],
    ['embeddedDatabase', { EMBEDDED_DATABASE: 'true' }, true],
    ['rateLimitEnabled', { RATE_LIMIT_ENABLED: 'false' }, false],
    ['trustProxy', { TRUST_PROXY: 'true' }, true],
    ['trustProxy', { TRUST_PROXY: '2' }, 2],
    ['trustProxy', { TRUST_PROXY: '10.0.0.0/8, fd00::/8,loopback' }, '10.0.0.0/8, fd00::/8,loopback'],
    [
      'corsOrigins',
      { CORS_ORIGINS: 'https://a.test, http://localhost:5173,' },
      ['https://a.test', 'http://localhost:5173'],
    ],
    [
      'corsOrigins',
      { CORS_ORIGINS: 'capacitor://localhost,ionic://localhost,https://*.example.com,https://*.a.test:8443' },
      ['capacitor://localhost', 'ionic://localhost', 'https://*.example.com', 'https://*.a.test:8443'],
    ],
    ['logLevel', { LOG_LEVEL: 'silent' }, 'silent'],
    ['hashConcurrency', { HASH_CONCURRENCY: '3' }, 3],
    ['hashQueueMax', { HASH_QUEUE_MAX: '0' }, 0],
    ['hashCost', { HASH_MEMORY_KIB: '65536', HASH_PASSES: '3' }, { memoryKib: 65_536, passes: 3 }],
    ['databaseAcquireTimeoutMs', { DATABASE_ACQUIRE_TIMEOUT_MS: '250' }, 250],
    ['databaseStatementTimeoutMs', { DATABASE_STATEMENT_TIMEOUT_MS: '250' }, 250],
    ['requestTimeoutMs', { REQUEST_TIMEOUT_MS: '1000' }, 1000],
    ['shutdownGraceMs', { SHUTDOWN_GRACE_MS: '0' }, 0],
    ['shutdownDelayMs', { SHUTDOWN_DELAY_MS: '5000' }, 5000],
    ['sessionsPerUserMax', { SESSIONS_PER_USER_MAX: '1' }, 1],
    [
      'rateLimits',
      { RATE_LIMITS: 'sign-up:1000/3600' },
      { ...readRateLimits(new SettingsReader({})), 'sign-up': { points: 1000, duration: 3600 } },
    ],
    ['commit', { BUILD_COMMIT: 'f70a37a' }, 'f70a37a'],
    ['accessLog', { ACCESS_LOG: 'true' }, true],
    ['docsEnabled', { DOCS_ENABLED: 'false' }, false],
    ['publicUrl', { PUBLIC_URL: 'https://api.example/' }, 'https://api.example'],
    ['metricsEnabled', { METRICS_ENABLED: 'true' }, true],
    ['metricsListener', { METRICS_ENABLED: 'true', METRICS_HOST: '::1', METRICS_PORT: '0' }, { host: '::1', port: 0 }],
    [
      'databaseUrl',
      { DATABASE_URL: 'postgresql://u:p@db:5432/app', APP_SECRET: SECRET },
      'postgresql://u:p@db:5432/app',
    ],
    [
      'databaseDirectUrl',
      { DATABASE_URL: 'postgres://pooler/app', DATABASE_DIRECT_URL: 'postgres://db/app', APP_SECRET: SECRET },
      'postgres://db/app',
    ],
    [
      'superAdmin',
      { SUPER_ADMIN_EMAIL: 'Root@Acme.TEST', SUPER_ADMIN_PASSWORD: ' spaces are kept ' },
      { email: 'root@acme.test', password: ' spaces are kept ' },
    ],
  ])('reads %s from %o', (name, env, expected) => {
    expect(readConfig(env)[name]).toEqual(expected);
  });

  it.each<[string, Environment, object | undefined]>([
    ['an endpoint', TRACED, {}],
    ['an endpoint for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces' }, {}],
    ['an exporter', { OTEL_TRACES_EXPORTER: 'otlp' }, {}],
    ['the console exporter', { OTEL_TRACES_EXPORTER: ' console , otlp' }, { exporters: ['otlp', 'console'] }],
    ['a protocol', { ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { protocol: 'http/json' }],
    [
      'a protocol for traces, which overrides the general one',
      { ...TRACED, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf' },
      {},
    ],
    ['no propagator', { ...TRACED, OTEL_PROPAGATORS: 'none' }, { continuesTraces: false }],
    ['the SDK disabled', { ...TRACED, OTEL_SDK_DISABLED: 'True' }, undefined],
    [
      'the SDK disabled, with an invalid endpoint',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'x', OTEL_SDK_DISABLED: 'true' },
      undefined,
    ],
    ['no exporter', { ...TRACED, OTEL_TRACES_EXPORTER: 'none' }, undefined],
    ['a protocol alone', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_SERVICE_NAME: 'x' }, undefined],
  ])('turns tracing on or off from %s', (_, env, expected) => {
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
    ['SHUTDOWN_DELAY_MS', { SHUTDOWN_DELAY_MS: '5001' }],
    ['SHUTDOWN_DELAY_MS', { SHUTDOWN_DELAY_MS: '1s' }],
    ['METRICS_PORT', { METRICS_PORT: '9464' }],
    ['METRICS_PORT', { METRICS_ENABLED: 'true', METRICS_PORT: '3000' }],
    ['METRICS_PORT', { METRICS_ENABLED: 'true', METRICS_PORT: 'no' }],
    ['RATE_LIMIT_ENABLED', { RATE_LIMIT_ENABLED: 'no' }],
    ['REVEAL_UNKNOWN_USERNAME', { REVEAL_UNKNOWN_USERNAME: 'TRUE' }],
    ['NODE_ENV', { NODE_ENV: 'prod' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['REFRESH_TOKEN_PURGE_CRON', { REFRESH_TOKEN_PURGE_CRON: 'hourly' }],
    ['REFRESH_TOKEN_PURGE_CRON', { REFRESH_TOKEN_PURGE_CRON: '0 0 31 2 *' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://db/app', APP_SECRET: SECRET }],
    ['DATABASE_URL', { DATABASE_URL: 'db', APP_SECRET: SECRET }],
    ['DATABASE_URL', { NODE_ENV: 'production' }],
    ['DATABASE_URL', { NODE_ENV: 'production', DATABASE_URL: 'mysql://db/app', APP_SECRET: SECRET }],
    ['EMBEDDED_DATABASE', { EMBEDDED_DATABASE: 'true', DATABASE_URL: 'postgres://db/app', APP_SECRET: SECRET }],
    ['APP_SECRET', { DATABASE_URL: 'postgres://db/app' }],
    ['APP_SECRET', { APP_SECRET: 'a'.repeat(31) }],
    ['CORS_ORIGINS', { CORS_ORIGINS: '*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://a.test/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'a.test' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://*.com' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://*' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://app*.example.com' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'https://*.*.example.com' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'capacitor://localhost/' }],
    ['CORS_ORIGINS', { CORS_ORIGINS: 'file:///index.html' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'all' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
    ['TRUST_PROXY', { TRUST_PROXY: '100' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.1' }],
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
  ])('rejects an invalid %s in one sentence: %o', (name, env) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(name)]);
  });

  it('says that SUPER_ADMIN_PASSWORD can be unset once the account exists', () => {
    const [problem] = problemsOf({ SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'old one' });
    expect(problem).toMatch(/^SUPER_ADMIN_PASSWORD must have at least 8 characters;.* unset both once that exists$/);
  });

  it('applies the password policy to SUPER_ADMIN_PASSWORD, and nothing stricter', () => {
    for (const password of ['Root-Passw0rd!', 'é'.repeat(7) + '🎸', ' leads and trails ']) {
      const env = { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: password };
      expect(readConfig(env).superAdmin?.password).toBe(password);
    }
  });

  it('includes the problems that were found before', () => {
    expect(() => readConfig({ PORT: 'x' }, ['.env, line 3: …'])).toThrow(/\n {2}- \.env, line 3: …\n {2}- PORT must/);
  });

  it.each([
    ['a slash', 'postgres://user:1/2@db/app'],
    ['a number sign', 'postgres://user:1#2@db/app'],
    ['a question mark', 'postgres://user:1?2@db/app'],
    ['a percent sign', 'postgres://user:1%@db/app'],
    ['a slash after letters', 'postgres://user:a/b@db/app'],
    ['a slash after a comma', 'postgres://user:a,b/c@db/app'],
  ])('says that %s in the password of DATABASE_URL must be encoded', (_, DATABASE_URL) => {
    expect(problemsOf({ DATABASE_URL, APP_SECRET: SECRET })).toEqual([
      expect.stringMatching(/^DATABASE_URL .*percent-encode special characters of the password/),
    ]);
  });

  it.each([
    'postgres://user@/app?host=/var/run/postgresql',
    'postgres:///app?host=/var/run/postgresql',
    'postgres://user:p@ss@db/app',
    'postgres://user:p,ss@db/app?application_name=a,b',
    'postgres://user:p%2Fss@db/app?sslmode=verify-full',
  ])('accepts the DATABASE_URL %s, as the driver does', (DATABASE_URL) => {
    expect(readConfig({ DATABASE_URL, APP_SECRET: SECRET }).databaseUrl).toBe(DATABASE_URL);
  });

  it.each([
    'postgres://user:1,2@db1:5432,db2:5433/app?target_session_attrs=read-write',
    'postgres://db1,db2/app',
    'postgres://db1,db2',
    'postgres://user@/app?host=db1,db2',
    'postgres://db1/app?host=db1%2Cdb2',
  ])('refuses %s, whose several hosts the driver cannot use, and names a proxy', (url) => {
    const problem = 'names several hosts: name one address that always leads to the primary, such as that of HAProxy';
    const urls = { DATABASE_URL: url, DATABASE_DIRECT_URL: url };
    expect(problemsOf({ ...urls, APP_SECRET: SECRET })).toEqual([
      `DATABASE_URL ${problem} (docs/failover.md)`,
      `DATABASE_DIRECT_URL ${problem} (docs/failover.md)`,
    ]);
  });

  it('refuses DATABASE_DIRECT_URL alone, and one that the driver cannot use', () => {
    expect(problemsOf({ DATABASE_DIRECT_URL: 'postgres://db/app' })).toEqual([
      expect.stringMatching(/^DATABASE_DIRECT_URL has no effect without DATABASE_URL/),
    ]);
    const urls = { DATABASE_URL: 'postgres://pooler/app', DATABASE_DIRECT_URL: 'mysql://db/app' };
    expect(problemsOf({ ...urls, APP_SECRET: SECRET })).toEqual([
      'DATABASE_DIRECT_URL must be a URL that starts with postgres:// or postgresql://',
    ]);
  });

  it('names a certificate of DATABASE_URL that cannot be read', () => {
    const DATABASE_URL = 'postgres://db/app?sslmode=verify-full&sslrootcert=/no/such/ca.pem';
    expect(problemsOf({ DATABASE_URL, APP_SECRET: SECRET })).toEqual([
      expect.stringMatching(/^DATABASE_URL names "\/no\/such\/ca.pem" as sslrootcert, which cannot be read \(ENOENT\)/),
    ]);
  });

  it('names all problems at once, each with its setting', () => {
    const env = {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      HASH_QUEUE_MAX: '-1',
      CORS_ORIGINS: '*,nope',
      DATABASE_URL: 'postgres://db/app',
    };
    const problems = problemsOf(env);
    expect(problems).toHaveLength(6);
    for (const name of [...Object.keys(env), 'APP_SECRET'].filter((name) => name !== 'DATABASE_URL')) {
      expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
    }
    expect(() => readConfig(env)).toThrow(problems.join('\n  - '));
  });

  it.each<Environment>([
    { APP_SECRET: 'hush-hush' },
    { APP_SECRET_PREVIOUS: 'hush-hush' },
    { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'hush' },
    { SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'hush\thush\thush' },
    { SUPER_ADMIN_EMAIL: 'hush-hush@acme.test', SUPER_ADMIN_PASSWORD: 'Hush-Hush' },
    { SUPER_ADMIN_EMAIL: 'no-address', SUPER_ADMIN_PASSWORD: 'hush-hush-hush' },
    { DATABASE_URL: 'mysql://user:hush-hush@db/app' },
    { DATABASE_URL: 'postgres://user:hush-hush@db:99999/app' },
    { REDIS_URL: 'http://:hush-hush@cache' },
    { REDIS_URL: 'redis://:hush-hush@cache/first' },
    { DATABASE_URL: 'postgres://user:hush#hush@db/app' },
    { DATABASE_URL: 'postgres://user:1/hush@db/app' },
    { DATABASE_URL: 'postgres://user:1?hush@db/app' },
    { DATABASE_URL: 'postgres://user:hush%@db/app' },
    { NODE_ENV: 'production', APP_SECRET: `change-me-hush-${'0123456789'.repeat(3)}` },
    { NODE_ENV: 'production', SUPER_ADMIN_EMAIL: 'root@acme.test', SUPER_ADMIN_PASSWORD: 'change-me-hush' },
  ])('never repeats a secret in a problem: %o', (env) => {
    const problems = problemsOf(env);
    expect(problems).not.toEqual([]);
    expect(problems.join()).not.toContain('hush');
  });

  describe('sample secrets', () => {
    const PRODUCTION = { NODE_ENV: 'production', EMBEDDED_DATABASE: 'true' };
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
    ])('are rejected with NODE_ENV=production: %o', (env) => {
      expect(problemsOf({ ...env, ...PRODUCTION })).toEqual([expect.stringMatching(/sample/)]);
    });

    it.each<Environment>([{ APP_SECRET: SECRET }, root('kettle-9-Orbit')])(
      'do not include a generated secret: %o',
      (env) => {
        expect(readConfig({ ...env, ...PRODUCTION }).production).toBe(true);
      },
    );

    it.each(['development', 'test'])('are accepted with NODE_ENV=%s', (NODE_ENV) => {
      expect(readConfig({ ...root('change-me-please'), NODE_ENV }).superAdmin?.password).toBe('change-me-please');
    });
  });
});
