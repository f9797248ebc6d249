import { describe, expect, it } from 'vitest';
import type { ConfigError } from './env.js';
import { readConfig } from './env.js';

const OLD = 'the secret of last year, of 32 bytes and more';
const NEW = 'the secret of this year, of 32 bytes and more';

function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
}

describe('APP_SECRET and APP_SECRET_PREVIOUS', () => {
  it('are both taken, the new one for sealing and the old one for opening', () => {
    const config = readConfig({ APP_SECRET: NEW, APP_SECRET_PREVIOUS: OLD });
    expect([config.appSecret, config.appSecretPrevious]).toEqual([NEW, OLD]);
  });

  it('must differ, and the fault does not repeat them', () => {
    const faults = faultsOf({ APP_SECRET: NEW, APP_SECRET_PREVIOUS: NEW });
    expect(faults).toEqual(['APP_SECRET_PREVIOUS must be the secret before APP_SECRET, not the same']);
  });

  it('cannot be the previous one alone', () => {
    expect(faultsOf({ APP_SECRET_PREVIOUS: OLD })).toEqual([
      'APP_SECRET_PREVIOUS needs the new secret beside it: set APP_SECRET too',
    ]);
    const onServer = faultsOf({ APP_SECRET_PREVIOUS: OLD, DATABASE_URL: 'postgres://127.0.0.1/x' });
    expect(onServer).toHaveLength(1);
    expect(onServer[0]).toContain('APP_SECRET is required');
  });

  it('must each have 32 bytes', () => {
    expect(faultsOf({ APP_SECRET: 'short', APP_SECRET_PREVIOUS: 'short too' })).toEqual([
      'APP_SECRET must have at least 32 bytes',
      'APP_SECRET_PREVIOUS must have at least 32 bytes',
    ]);
  });
});
