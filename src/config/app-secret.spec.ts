import { describe, expect, it } from 'vitest';
import type { ConfigError } from './config.js';
import { readConfig } from './read-config.js';

const OLD = 'the previous secret, of 32 bytes or more';
const NEW = 'the current secret, of 32 bytes or more';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe('APP_SECRET and APP_SECRET_PREVIOUS', () => {
  it('are both read', () => {
    const config = readConfig({ APP_SECRET: NEW, APP_SECRET_PREVIOUS: OLD });
    expect([config.appSecret, config.appSecretPrevious]).toEqual([NEW, OLD]);
  });

  it('must differ, and the message repeats neither', () => {
    const problems = problemsOf({ APP_SECRET: NEW, APP_SECRET_PREVIOUS: NEW });
    expect(problems).toEqual(['APP_SECRET_PREVIOUS must be the secret before APP_SECRET, and differ from it']);
  });

  it('cannot be set to the previous secret alone', () => {
    expect(problemsOf({ APP_SECRET_PREVIOUS: OLD })).toEqual([
      'APP_SECRET_PREVIOUS has no effect without the new secret: set APP_SECRET too',
    ]);
    const onServer = problemsOf({ APP_SECRET_PREVIOUS: OLD, DATABASE_URL: 'postgres://127.0.0.1/x' });
    expect(onServer).toHaveLength(1);
    expect(onServer[0]).toContain('APP_SECRET is required');
  });

  it('must each have at least 32 bytes', () => {
    expect(problemsOf({ APP_SECRET: 'short', APP_SECRET_PREVIOUS: 'short too' })).toEqual([
      'APP_SECRET must have at least 32 bytes',
      'APP_SECRET_PREVIOUS must have at least 32 bytes',
    ]);
  });
});
