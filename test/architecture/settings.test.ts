import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/env.js';

const TEXT = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const EXAMPLE = parseEnv(TEXT) as Record<string, string>;

/** Those whose default is nothing, or depends on the machine. */
const EMPTY = [
  'DATABASE_URL',
  'REDIS_URL',
  'APP_SECRET',
  'APP_SECRET_PREVIOUS',
  'SUPER_ADMIN_EMAIL',
  'SUPER_ADMIN_PASSWORD',
  'CORS_ORIGINS',
  'HASH_CONCURRENCY',
];

/** The names that the configuration asks the environment for, when it holds these. */
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

/** Those of the OpenTelemetry standard, which are not ours to describe or to give a default. */
const isStandard = (name: string): boolean => name.startsWith('OTEL_');

describe('.env.example', () => {
  it('holds exactly the settings that are read', () => {
    expect(Object.keys(EXAMPLE).sort()).toEqual(namesRead().filter((name) => !isStandard(name)));
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

  it('says something about every setting, in a comment above it or above its neighbours', () => {
    const paragraphs = TEXT.split(/\n\n+/).filter((paragraph) => /^[A-Z_]+=/m.test(paragraph));
    for (const paragraph of paragraphs) expect(paragraph).toMatch(/^# \S/);
  });
});

describe('docs/operations.md', () => {
  it('names every variable of OpenTelemetry that is read here', () => {
    const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const read = namesRead({ OTEL_TRACES_EXPORTER: 'otlp' }).filter(isStandard);
    expect(read).not.toEqual([]);
    expect(read.filter((name) => !operations.includes(`\`${name}\``))).toEqual([]);
  });
});
