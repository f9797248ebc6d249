import type { IncomingHttpHeaders } from 'node:http';
import { DomainError } from '../../../common/domain-error.js';
import type { Principal } from '../../../common/principal.js';
import type { VerifiedApiKey } from '../../api-keys/api-key-verifier.js';
import type { Credentials } from '../authenticator.js';

/** The part of an HTTP request that guards and parameter decorators read, and what guards add to it. */
export interface AuthenticatedRequest {
  readonly headers: IncomingHttpHeaders;
  /** The client's address: the connection's, or the one a trusted proxy reported. */
  readonly ip: string;
  readonly raw: {
    readonly rawHeaders: readonly string[];
    readonly socket: { readonly destroyed: boolean; readonly remoteAddress?: string | undefined };
  };
  principal?: Principal;
  apiKey?: VerifiedApiKey;
}

/**
 * Reads the credentials from the headers; no other place is accepted (RFC 6750, section 2.1). With `bareToken`, the
 * Authorization header may hold the token without a scheme.
 * @throws DomainError `invalid_token` for another scheme, and for two Authorization headers
 */
export function readCredentials(request: AuthenticatedRequest, { bareToken = false } = {}): Credentials {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  const key = apiKey === undefined ? {} : { apiKey: String(apiKey) };
  if (authorization === undefined) return key;
  // Of two headers Node silently keeps the first, and a proxy may have checked the other.
  const { rawHeaders } = request.raw;
  const sent = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization').length;
  const bearer =
    /^Bearer +(\S+)$/i.exec(authorization)?.[1] ??
    (bareToken && /^\S+$/.test(authorization) ? authorization : undefined);
  if (bearer === undefined || sent > 1) {
    throw new DomainError('invalid_token', {
      message: 'The Authorization header must be "Bearer" followed by the access token',
    });
  }
  return { ...key, bearer };
}
