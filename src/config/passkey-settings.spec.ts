import { describe, expect, it } from 'vitest';
import { type Config, ConfigError } from './config.js';
import { readConfig } from './read-config.js';

const ANDROID = 'android:apk-key-hash:wJ5FNHrC0jFZuJsgEtsODbAVdZPS1ZLzVh2P7tM1xkA';

const passkeysOf = (rpId: string, origins: string): Config['passkeys'] =>
  readConfig({ PASSKEY_RP_ID: rpId, PASSKEY_ORIGINS: origins }).passkeys;

function problemsOf(rpId: string, origins: string): readonly string[] {
  try {
    passkeysOf(rpId, origins);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('PASSKEY_RP_ID and PASSKEY_ORIGINS', () => {
  it('turn passkeys on together, and are off by default', () => {
    expect(passkeysOf('', '')).toBeUndefined();
    expect(problemsOf('app.example', '')).toEqual(['PASSKEY_RP_ID and PASSKEY_ORIGINS must be set together']);
    expect(problemsOf('', 'https://app.example')).toEqual(['PASSKEY_RP_ID and PASSKEY_ORIGINS must be set together']);
  });

  it.each([
    ['app.example', ['https://app.example']],
    ['app.example', ['https://app.example', 'https://www.app.example:8443', ANDROID]],
    ['app.example', [ANDROID]],
    ['xn--bcher-kva.example', ['https://xn--bcher-kva.example']],
    ['localhost', ['http://localhost:5173', 'http://app.localhost']],
  ])('accept the domain %s with the origins %j', (rpId, origins) => {
    expect(passkeysOf(rpId, origins.join(', '))).toEqual({ rpId, origins });
  });

  it.each(['https://app.example', 'App.example', 'example', 'app..example', '127.0.0.1', '::1', '-a.example', 'a b.c'])(
    'refuse %s as a domain',
    (rpId) => {
      expect(problemsOf(rpId, 'https://app.example')).toEqual([expect.stringMatching(/^PASSKEY_RP_ID must be/)]);
    },
  );

  it.each([
    'https://evilapp.example',
    'https://app.example.evil.example',
    'https://example',
    'http://app.example',
    'https://app.example/',
    'https://App.example',
    'https://user@app.example',
    'app.example',
    '*',
    'https://*.app.example',
    'android:apk-key-hash:short',
    `${ANDROID}A`,
    `${ANDROID.slice(0, -1)}=`,
  ])('refuse %s as an origin of app.example', (origin) => {
    expect(problemsOf('app.example', `https://app.example,${origin}`)).toEqual([
      expect.stringMatching(/^PASSKEY_ORIGINS must list/),
    ]);
  });
});
