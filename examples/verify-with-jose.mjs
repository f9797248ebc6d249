// Verifies an access token as a service elsewhere would, with nothing but the address of the public keys.
//   node examples/verify-with-jose.mjs eyJ…
// What this cannot see: a logout or a suspension since the token was made. Whoever must know that at once asks
// GET /api/users/me; for everybody else the token's short life (ACCESS_TOKEN_TTL) is the bound.

import { createRemoteJWKSet, jwtVerify } from 'jose';

const { STAGEDOOR_URL = 'http://127.0.0.1:3000' } = process.env;

// Keeps the keys, and asks again for a key that it does not know: rotation needs no restart here either.
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', STAGEDOOR_URL));

try {
  const { payload } = await jwtVerify(process.argv[2] ?? '', keys, {
    issuer: 'stagedoor', // TOKEN_ISSUER
    audience: 'stagedoor', // TOKEN_AUDIENCE
    algorithms: ['ES256'],
    typ: 'at+jwt',
    requiredClaims: ['sub', 'sid', 'role', 'iat', 'exp', 'jti'],
  });
  // Such a token is worth nothing without the API key that it names; only Stagedoor can check that key.
  if (payload.key !== undefined) throw new Error('the token is bound to an API key');
  console.log(`${payload.sub} is ${payload.role} until ${new Date(payload.exp * 1000).toISOString()}`);
} catch (error) {
  console.error(`Refused: ${error.message}`);
  process.exitCode = 1;
}
