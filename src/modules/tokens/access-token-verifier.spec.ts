import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { TestClock } from '../../../test/support/clock.js';
import { AppPassport } from '../../common/app-passport.js';
import { readConfig } from '../../config/read-config.js';
import { AccessTokenVerifier, CACHED_TOKENS_MAX } from './access-token-verifier.js';
import type { JwtInput } from './jwt.strategy.js';
import type { SigningKeys } from './signing-keys.js';

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Accepts every signature, and counts. */
class CountingPassport extends AppPassport {
  count = 0;
  override authenticate<Verified>(_name: string, input: object): Promise<Verified> {
    this.count++;
    const [, payload = ''] = (input as JwtInput).token.split('.');
    return Promise.resolve(JSON.parse(Buffer.from(payload, 'base64url').toString()) as Verified);
  }
}

it('the cache of verified tokens is bounded, and drops the token that was used least recently', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const passport = new CountingPassport();
  const clock = new TestClock();
  const keys = { publicKey: () => publicKey } as unknown as SigningKeys;
  const verifier = new AccessTokenVerifier(passport, keys, clock, readConfig({}));
  const id = '01935c6e-8f3a-7d21-9b4c-5e6f7a8b9c0d';
  const iat = clock.now().getTime() / 1000;
  const claims = { iss: 'stagedoor', aud: 'stagedoor', sub: id, sid: id, role: 'user', iat, exp: iat + 60 };
  const verify = (n: number): Promise<unknown> => {
    const header = encode({ alg: 'ES256', typ: 'at+jwt', kid: 'key' });
    return verifier.verify(`${header}.${encode({ ...claims, jti: `token ${n}` })}.c2lnbmF0dXJl`);
  };
  for (let n = 0; n < CACHED_TOKENS_MAX; n++) expect(await verify(n)).toMatchObject({ jti: `token ${n}` });
  await verify(0);
  expect(passport.count).toBe(CACHED_TOKENS_MAX);
  await verify(CACHED_TOKENS_MAX);
  await verify(0);
  expect(passport.count).toBe(CACHED_TOKENS_MAX + 1);
  await verify(1);
  expect(passport.count).toBe(CACHED_TOKENS_MAX + 2);
});
