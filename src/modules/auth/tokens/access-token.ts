import { type KeyObject, sign } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { isUuid } from '../../../common/text.js';
import { ROLES, type Role } from '../../../common/principal.js';

/** RFC 9068: tells an access token from any other token of ours. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';
export const ACCESS_TOKEN_ALGORITHM = 'ES256';
/** Clocks of several instances are this far apart at most; a token from further in the future is refused. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** What an access token says. No name, address or hash: anybody who holds the token can read it. */
export interface AccessTokenClaims {
  readonly iss: string;
  readonly aud: string;
  /** The person's id. */
  readonly sub: string;
  /** The session's id. */
  readonly sid: string;
  readonly role: Role;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  /** The API key (`key_…`) without which the token is worth nothing; only in feed tokens. */
  readonly key?: string;
}

/**
 * A token that says this, signed with the key of that name (RFC 7515, section 5.1; RFC 7518, section 3.4). By
 * `node:crypto` itself, since this is most of the work of a refresh: by way of jsonwebtoken a refresh took a tenth more.
 */
export function signAccessToken(claims: AccessTokenClaims, kid: string, key: KeyObject): string {
  const header = encode({ alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid });
  const input = `${header}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${toLowS(signature).toString('base64url')}`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const reader = new JwtService();

/**
 * What the header of our own tokens looks like, and nothing else: an algorithm, a type and a key name. A header with
 * `jku`, `x5u`, `jwk`, `crit` or anything more is not ours (RFC 8725, sections 3.1 and 3.10 to 3.12).
 * Returns the key's name, or undefined.
 */
export function keyNameIn(token: string): string | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(isCanonicalBase64Url)) return undefined;
  if (!isLowS(Buffer.from(parts[2] ?? '', 'base64url'))) return undefined;
  const header = reader.decode<{ header: Record<string, unknown> } | null>(token, { complete: true })?.header;
  if (!header || Object.keys(header).length !== 3) return undefined;
  const { alg, typ, kid } = header;
  return alg === ACCESS_TOKEN_ALGORITHM && typ === ACCESS_TOKEN_TYPE && typeof kid === 'string' ? kid : undefined;
}

/**
 * The claims of a token whose signature, issuer and audience are right, or undefined when anything that we put in
 * every token is missing, of another type, from the future, past, or longer-lived than we make them.
 */
export function readClaims(
  payload: unknown,
  now: Date,
  maxLifetimeSeconds: (bound: boolean) => number,
): AccessTokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { iss, aud, sub, sid, role, iat, exp, jti, key } = payload as Record<string, unknown>;
  const seconds = Math.floor(now.getTime() / 1000);
  if (typeof iss !== 'string' || typeof aud !== 'string' || typeof jti !== 'string' || jti === '') return undefined;
  if (typeof sub !== 'string' || !isUuid(sub) || typeof sid !== 'string' || !isUuid(sid)) return undefined;
  if (!ROLES.some((known) => known === role)) return undefined;
  if (key !== undefined && typeof key !== 'string') return undefined;
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return undefined;
  const [issuedAt, expiresAt] = [iat as number, exp as number];
  if (issuedAt > seconds + CLOCK_TOLERANCE_SECONDS || expiresAt <= seconds) return undefined;
  if (expiresAt - issuedAt > maxLifetimeSeconds(key !== undefined)) return undefined;
  const claims = { iss, aud, sub, sid, role: role as Role, iat: issuedAt, exp: expiresAt, jti };
  return key === undefined ? claims : { ...claims, key };
}

// Decoders overlook padding, spaces, the other alphabet and spare bits of the last letter; we don't: one token, one spelling.
function isCanonicalBase64Url(part: string): boolean {
  return part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;
}

const HALF_BYTES = 32;
/** The order of the group that P-256 computes in (SEC 2, section 2.4.2), and half of it, rounded down. */
const ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const HALF_ORDER = Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex');

/**
 * The one of the two signatures of a text that we make and accept. Where (r, s) is right, so is (r, order - s), and
 * anybody can work it out: without this rule each token would have a second spelling. Changes the bytes it is given.
 */
export function toLowS(signature: Buffer): Buffer {
  if (!isLowS(signature)) takeFromOrder(signature.subarray(HALF_BYTES));
  return signature;
}

function isLowS(signature: Buffer): boolean {
  return signature.length === 2 * HALF_BYTES && signature.compare(HALF_ORDER, 0, undefined, HALF_BYTES) <= 0;
}

/** Makes `number` the order less itself. Byte by byte: by way of a BigInt it would cost as much as the signature. */
function takeFromOrder(number: Buffer): void {
  let borrowed = 0;
  for (let i = HALF_BYTES - 1; i >= 0; i--) {
    const difference = ORDER.readUInt8(i) - number.readUInt8(i) - borrowed;
    borrowed = difference < 0 ? 1 : 0;
    number.writeUInt8(difference + 256 * borrowed, i);
  }
}
