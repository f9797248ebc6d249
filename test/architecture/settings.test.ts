import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';

const TEXT = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const EXAMPLE = parseEnv(TEXT) as Record<string, string>;

/** Settings without a default, or whose default depends on the machine. */
const EMPTY = [
  'PUBLIC_URL',
  'METRICS_PORT',
  'SHUTDOWN_DELAY_MS',
  'RATE_LIMITS',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'REDIS_URL',
  'APP_SECRET',
  'APP_SECRET_PREVIOUS',
  'SUPER_ADMIN_EMAIL',
  'SUPER_ADMIN_PASSWORD',
  'CORS_ORIGINS',
  'HASH_CONCURRENCY',
  'MAIL_URL',
  'MAIL_FROM',
  'PASSWORD_RESET_LINK',
  'EMAIL_VERIFY_LINK',
  'INVITATION_LINK',
  'EMAIL_UNDO_LINK',
  'MAIL_TEMPLATES_DIR',
  'EMAIL_VERIFICATION',
  'UNVERIFIED_ACCOUNT_DAYS',
  'PASSKEY_RP_ID',
  'PASSKEY_ORIGINS',
];

/** The names of the variables that the configuration reads, given these. */
function namesRead(held: Record<string, string> = {}): string[] {
  const names = new Set<string>();
  const env = new Proxy(held, {
    get: (_, name) => {
      names.add(String(name));
      return held[String(name)];
    },
  });
  readConfig(env);
  return [...names].sort();
}

/** Variables of the OpenTelemetry standard, which has its own defaults and documentation. */
const isStandard = (name: string): boolean => name.startsWith('OTEL_');
/** Paths of files with a secret: `docs/settings.md` names them in its introduction. */
const isSecretFile = (name: string): boolean => name.endsWith('_FILE');

const SETTINGS = namesRead().filter((name) => !isStandard(name) && !isSecretFile(name));

describe('.env.example', () => {
  it('holds exactly the settings that are read', () => {
    expect(Object.keys(EXAMPLE).sort()).toEqual(SETTINGS);
  });

  it('names each setting once', () => {
    const lines = TEXT.split('\n').filter((line) => /^[A-Z_]+=/.test(line));
    expect(lines).toHaveLength(Object.keys(EXAMPLE).length);
  });

  it('gives each its default: copied as it is, it changes nothing', () => {
    expect(readConfig(EXAMPLE)).toEqual(readConfig({}));
  });

  it('leaves secrets and passwords empty, and nothing else that has a default', () => {
    const empty = Object.entries(EXAMPLE).filter(([, value]) => value === '');
    expect(empty.map(([name]) => name).sort()).toEqual([...EMPTY].sort());
  });

  it('begins every group of settings with a comment', () => {
    const groups = TEXT.split(/\n\n+/).filter((paragraph) => /^[A-Z_]+=/m.test(paragraph));
    for (const group of groups) expect(group).toMatch(/^# \S/);
  });
});

/** The rows of a page's tables of settings: each name with its default, '' where it is unset by default. */
function settingsOf(page: string): [name: string, preset: string][] {
  const rows = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8').matchAll(
    /^\| `([A-Z][A-Z_]+)` \| ([^|]+?) \|/gm,
  );
  return [...rows].map(([, name = '', preset = '']) => [name, /^`(.*)`$/.exec(preset)?.[1] ?? '']);
}

describe('docs/limits.md', () => {
  it('lists the rate limits with their defaults', () => {
    const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
    const rows = page.matchAll(/^\| `([a-z-]+)` \| [^|]+ \| (\d+) \/ (\d+) \|$/gm);
    const listed = [...rows].map(([, name, points, duration]) => [
      name,
      { points: Number(points), duration: Number(duration) },
    ]);
    expect(Object.fromEntries(listed)).toEqual(readConfig({}).rateLimits);
  });
});

describe('docs/settings.md', () => {
  it('names every file that a secret can be read from', () => {
    const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
    const files = namesRead().filter(isSecretFile);
    expect(files).toContain('APP_SECRET_FILE');
    expect(files.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  const described = settingsOf('docs/settings.md');

  it('describes exactly the settings that are read, each once', () => {
    expect(described.map(([name]) => name).sort()).toEqual(SETTINGS);
  });

  it('gives each its default', () => {
    expect(readConfig(Object.fromEntries(described))).toEqual(readConfig({}));
  });

  it('leaves the variables of the OpenTelemetry standard to docs/watch.md, which names every one that is read', () => {
    const watching = readFileSync(new URL('../../docs/watch.md', import.meta.url), 'utf8');
    const read = namesRead({ OTEL_TRACES_EXPORTER: 'otlp' }).filter(isStandard);
    expect(read).not.toEqual([]);
    expect(read.filter((name) => !watching.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('README.md', () => {
  it('names ten settings, with the defaults of docs/settings.md', () => {
    const named = settingsOf('README.md');
    expect(named).toHaveLength(10);
    expect(settingsOf('docs/settings.md')).toEqual(expect.arrayContaining(named));
  });
});
