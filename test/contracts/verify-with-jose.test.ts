import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeyStore } from '../../src/modules/auth/tokens/signing-key-store.js';
import { SigningKeys } from '../../src/modules/auth/tokens/signing-keys.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { SystemClock } from '../../src/common/clock.js';
import { resign, signToken, takeApart } from '../support/forge.js';
import { type Person, signUp } from '../support/people.js';

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs the example as its first lines say, against this app. */
function verify(app: TestApp, token: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], STAGEDOOR_URL: app.url };
    const child = execFile(
      process.execPath,
      ['examples/verify-with-jose.mjs', token],
      { env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe('SECURITY 16: a third party with jose and the address of the key set', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await startApp();
    person = await signUp(app);
  });
  afterAll(() => app.close());

  it('accepts a token of ours and learns who it is', async () => {
    const { code, output } = await verify(app, person.token);
    expect(output).toContain(`${person.id} is user until`);
    expect(code).toBe(0);
  });

  it('accepts what a key signs that was made since the start', async () => {
    await new SigningKeyStore(app.database, new SystemClock()).replaceAll();
    await app.nest.get(SigningKeys).reload();
    const { token } = await signUp(app);
    expect((await verify(app, token)).code).toBe(0);
  });

  it('refuses an expired, an altered and a foreign token, one of another kind, and none', async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const [header, , signature] = person.token.split('.');
    const claims = Buffer.from(JSON.stringify({ ...takeApart(person.token).claims, role: 'SUPER_ADMIN' }));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const refused = [
      resign(app, person.token, { claims: { iat: seconds - 60, exp: seconds - 1 } }),
      `${header}.${claims.toString('base64url')}.${signature}`,
      signToken(takeApart(person.token), privateKey),
      resign(app, person.token, { header: { typ: 'JWT' } }),
      resign(app, person.token, { claims: { key: 'key_x' } }),
      resign(app, person.token, { claims: { aud: 'another-service' } }),
      '',
    ];
    for (const token of refused) {
      const { code, output } = await verify(app, token);
      expect(output).toMatch(/^Refused: /);
      expect(code).toBe(1);
    }
  });
});
