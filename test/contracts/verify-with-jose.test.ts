import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import { signingKeyStore } from '../support/signing-keys.js';
import { startApp, type TestApp } from '../support/app.js';
import { SystemClock } from '../../src/common/clock.js';
import { resign, signToken, takeApart } from '../support/forge.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { type Person, signUp } from '../support/people.js';

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs the example against this app, as its first lines describe. */
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

describe('SECURITY 16: a third party with jose and the URL of the key set', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await startApp();
    person = await signUp(app);
  });
  afterAll(() => app.close());

  it('accepts an access token and reads its claims', async () => {
    const { code, output } = await verify(app, person.token);
    expect(output).toContain(`${person.id} is user until`);
    expect(code).toBe(0);
  });

  it('accepts tokens of a signing key that was created after it started', async () => {
    await signingKeyStore(app.database, new SystemClock()).replaceAll();
    await app.nest.get(SigningKeys).reload();
    const { token } = await signUp(app);
    expect((await verify(app, token)).code).toBe(0);
  });

  it('refuses an expired, a modified and a foreign token, one of another type, and a missing one', async () => {
    // Of the current key: any other token is refused for its kid.
    const { token } = await signUp(app);
    expect((await verify(app, token)).code).toBe(0);
    const seconds = Math.floor(Date.now() / 1000);
    const [header, , signature] = token.split('.');
    const claims = Buffer.from(JSON.stringify({ ...takeApart(token).claims, role: 'SUPER_ADMIN' }));
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [TYPE, AUDIENCE] = ['unexpected "typ" JWT header value', 'unexpected "aud" claim value'];
    const refused = [
      [resign(app, token, { claims: { iat: seconds - 60, exp: seconds - 1 } }), '"exp" claim timestamp check failed'],
      [`${header}.${claims.toString('base64url')}.${signature}`, 'signature verification failed'],
      [signToken(takeApart(token), privateKey), 'signature verification failed'],
      [resign(app, token, { header: { kid: 'unknown' } }), 'no applicable key found in the JSON Web Key Set'],
      [resign(app, token, { header: { typ: 'JWT' } }), TYPE],
      [resign(app, token, { claims: { aud: 'stagedoor#key-bound', key: 'key_x' } }), AUDIENCE],
      [resign(app, token, { claims: { aud: 'stagedoor#limited', limit: 'email_not_verified' } }), AUDIENCE],
      [resign(app, token, { claims: { aud: 'another-service' } }), AUDIENCE],
      ['', 'Invalid Compact JWS'],
    ];
    for (const [forged = '', reason] of refused) {
      expect(await verify(app, forged)).toEqual({ code: 1, output: `Refused: ${reason}\n` });
    }
  });
});

describe('ACCOUNTS 51: a third party with jose', () => {
  let app: MailApp;
  beforeAll(async () => {
    app = await startMailApp({ env: { EMAIL_VERIFICATION: 'required' } });
  });
  afterAll(() => app.close());

  it('refuses the token of a limited session, and accepts the one of the first refresh after the verification', async () => {
    const person = await signUp(app);
    const { code, output } = await verify(app, person.token);
    expect([code, output]).toEqual([1, expect.stringMatching(/^Refused: /)]);
    const json = { code: await app.codeFor(person.email) };
    await app.http.post('/api/users/me/email/verify', { headers: person.headers, json });
    const { refreshToken } = person;
    const refreshed = await app.http.post('/api/auth/refresh', { json: { refreshToken } });
    expect((await verify(app, refreshed.body.data.token)).code).toBe(0);
  });
});
