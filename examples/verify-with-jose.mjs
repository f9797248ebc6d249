// Verifies an access token as another service would: with the public keys alone.
//   node examples/verify-with-jose.mjs eyJ…
// A token stays valid here until it expires, even after a logout or a suspension. docs/verifying-tokens.md says what to
// do where that matters.

import { createRemoteJWKSet, jwtVerify } from 'jose';

const { STAGEDOOR_URL = 'http://127.0.0.1:3000' } = process.env;

// Fetches the keys when they are older than five minutes, and for a kid it does not know. jose ignores the max-age of
// the response and would keep a revoked key for ten minutes.
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', STAGEDOOR_URL), { cacheMaxAge: 5 * 60_000 });

try {
  const { payload } = await jwtVerify(process.argv[2] ?? '', keys, {
    issuer: 'stagedoor', // TOKEN_ISSUER
    audience: 'stagedoor', // TOKEN_AUDIENCE; tokens with fewer rights have another one
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp', 'jti'],
  });
  console.log(`${payload.sub} is ${payload.role} until ${new Date(payload.exp * 1000).toISOString()}`);
} catch (error) {
  console.error(`Refused: ${error.message}`);
  process.exitCode = 1;
}
