import { sign, type KeyObject } from 'node:crypto';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import type { TestApp } from './app.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The decoded parts of a token. */
export interface TokenParts {
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

export function takeApart(token: string): TokenParts {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('utf8'));
  return { header: JSON.parse(header) as JsonObject, claims: JSON.parse(claims) as JsonObject };
}

/** Base64url of a string, or of a value as JSON. */
export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

/** A token with any header and claims and a valid ES256 signature of this key. */
export function signToken({ header, claims }: TokenParts, key: KeyObject): string {
  const input = `${encode(header)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** A changed token with a valid signature of the app's key, as only a stolen key or a bug would produce. */
export function resign(app: TestApp, token: string, change: { header?: JsonObject; claims?: JsonObject }): string {
  const parts = takeApart(token);
  const altered = { header: { ...parts.header, ...change.header }, claims: { ...parts.claims, ...change.claims } };
  return signToken(altered, app.nest.get(SigningKeys).current().privateKey);
}
