import { CLOCK_TOLERANCE_SECONDS } from '../../common/clock.js';
import { ROLES, type Role, SESSION_LIMITS, type SessionLimit } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { audienceOf } from './audience.js';

/** The `typ` of an access token (RFC 9068, section 2.1). */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const ACCESS_TOKEN_ALGORITHM = 'ES256';

/** The payload of an access token. It holds no name, e-mail address or hash: anyone who has the token can read it. */
export interface AccessTokenClaims {
  readonly iss: string;
  /** See `audienceOf`. */
  readonly aud: string;
  /** The user's id. */
  readonly sub: string;
  /** The session's id. */
  readonly sid: string;
  readonly role: Role;
  /** Seconds since 1970, as is `exp`. */
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The API key (`key_…`) that the token is bound to and must be sent with; absent for other tokens. */
  readonly key?: string;
  /** What keeps the session from its full rights; absent for other tokens. */
  readonly limit?: SessionLimit;
}

/**
 * The `kid` in the header of an access token, before its signature is checked; undefined for any other string. The
 * header must hold `alg`, `typ` and `kid` and nothing else: `jku`, `x5u`, `jwk` and `crit` are refused (RFC 8725,
 * sections 3.1 and 3.10 to 3.12).
 */
export function readKeyId(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(isCanonicalBase64Url)) return undefined;
  const header = parseJson(parts[0] ?? '');
  if (typeof header !== 'object' || header === null || Object.keys(header).length !== 3) return undefined;
  const { alg, typ, kid } = header as Record<string, unknown>;
  return alg === ACCESS_TOKEN_ALGORITHM && typ === ACCESS_TOKEN_TYPE && typeof kid === 'string' ? kid : undefined;
}

interface ClaimRules {
  /** `TOKEN_AUDIENCE`. */
  readonly audience: string;
  readonly maxLifetimeSeconds: (isKeyBound: boolean) => number;
}

/**
 * The claims of a token whose signature and issuer are valid. Undefined when a claim is missing or of the wrong type,
 * when the audience is not the one of such a token, or when the token has expired, was issued in the future, or lives
 * longer than it may.
 */
export function readClaims(
  payload: unknown,
  now: Date,
  { audience, maxLifetimeSeconds }: ClaimRules,
): AccessTokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { iss, aud, sub, sid, role, iat, exp, jti, key, limit } = payload as Record<string, unknown>;
  const seconds = Math.floor(now.getTime() / 1000);
  if (typeof iss !== 'string' || typeof aud !== 'string' || typeof jti !== 'string' || jti === '') return undefined;
  if (typeof sub !== 'string' || !isUuid(sub) || typeof sid !== 'string' || !isUuid(sid)) return undefined;
  if (!ROLES.some((known) => known === role)) return undefined;
  if (key !== undefined && typeof key !== 'string') return undefined;
  if (limit !== undefined && !SESSION_LIMITS.some((known) => known === limit)) return undefined;
  const confinement = {
    ...(key !== undefined && { key }),
    ...(limit !== undefined && { limit: limit as SessionLimit }),
  };
  if (aud !== audienceOf(audience, confinement)) return undefined;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined;
  const [issuedAt, expiresAt] = [iat as number, exp as number];
  if (issuedAt > seconds + CLOCK_TOLERANCE_SECONDS || expiresAt <= seconds) return undefined;
  if (expiresAt - issuedAt > maxLifetimeSeconds(key !== undefined)) return undefined;
  return { iss, aud, sub, sid, role: role as Role, iat: issuedAt, exp: expiresAt, jti, ...confinement };
}

// Decoders ignore padding, spaces, the standard alphabet and the spare bits of the last character.
function isCanonicalBase64Url(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function parseJson(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
