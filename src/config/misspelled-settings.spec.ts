import { describe, expect, it } from 'vitest';
import { readConfig } from './read-config.js';

const warningsFor = (...names: string[]): readonly string[] =>
  readConfig(Object.fromEntries(names.map((name) => [name, 'x']))).warnings;

describe('the warnings about misspelled settings', () => {
  it.each([
    ['DATABSE_POOL_MAX', 'DATABASE_POOL_MAX'],
    ['METRICS_ENABLE', 'METRICS_ENABLED'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['SUPERADMIN_EMAIL', 'SUPER_ADMIN_EMAIL'],
    ['APP_SECRETS', 'APP_SECRET'],
    ['PROT', 'PORT'],
    ['OTEL_EXPORTER_OTLP_ENDPONT', 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  ])('propose the setting that was meant by %s: %s', (name, setting) => {
    expect(warningsFor(name)).toEqual([
      `${name} is not a setting of Stagedoor and is ignored: did you mean ${setting}?`,
    ]);
  });

  it.each(['DATABASE_PASSWORD', 'METRICS_PATH', 'TRUST_PROXIES_OF_MINE'])(
    'name a setting of a known family: %s',
    (name) => {
      expect(warningsFor(name)).toEqual([`${name} is not a setting of Stagedoor and is ignored`]);
    },
  );

  it.each([
    ['variables of the system', ['PATH', 'HOME', 'USER', 'HOSTNAME', 'LANG', 'TERM', 'PWD', 'TZ']],
    ['variables of Node and npm', ['NODE_OPTIONS', 'NODE_VERSION', 'UV_THREADPOOL_SIZE', 'npm_config_port']],
    ['OpenTelemetry’s own variables', ['OTEL_SERVICE_NAME', 'OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_TRACES_SAMPLER']],
    ['the variables of a Kubernetes service', ['REDIS_SERVICE_HOST', 'REDIS_PORT', 'REDIS_PORT_6379_TCP_ADDR']],
    ['variables of other programs', ['APP_NAME', 'DEBUG', 'CI', 'JAVA_HOME']],
  ])('leave out %s', (_, names) => {
    expect(warningsFor(...names)).toEqual([]);
  });
});
