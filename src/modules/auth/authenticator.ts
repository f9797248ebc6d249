import { Injectable } from '@nestjs/common';
import { AppPassport } from '../../common/app-passport.js';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { looksLikeApiKey } from '../api-keys/api-key-secret.js';
import type { VerifiedApiKey } from '../api-keys/api-key-verifier.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import type { AccessTokenClaims } from '../tokens/access-token.js';
import { AccessTokenVerifier } from '../tokens/access-token-verifier.js';
import type { ApiKeyInput } from './strategies/api-key.strategy.js';

/** The credentials of a request, not verified yet. */
export interface Credentials {
  /** An access token, or an API key that was sent in its place. */
  readonly bearer?: string;
  readonly apiKey?: string;
}

/** Authenticates requests by their access token, their API key, or both. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly passport: AppPassport,
    private readonly accessTokens: AccessTokenVerifier,
    private readonly sessions: ActiveSessionsService,
  ) {}

  /**
   * The principal of the credentials; undefined without any. A key and a token together must be the same user's, and
   * give the token's rights: the rights of two users are never combined.
   * @throws DomainError `invalid_token`, and what {@link authenticateKey} throws
   */
  async authenticate({ bearer, apiKey }: Credentials, caller: Caller): Promise<Principal | undefined> {
    const bearerIsKey = bearer !== undefined && looksLikeApiKey(bearer);
    if (bearerIsKey && apiKey !== undefined && apiKey !== bearer) throw new DomainError('invalid_token');
    // The key first: where it was revoked, so was every token that is bound to it, and the key is the cause.
    const secret = apiKey ?? (bearerIsKey ? bearer : undefined);
    const key = secret === undefined ? undefined : await this.authenticateKey(secret, caller);
    const claims = bearer === undefined || bearerIsKey ? undefined : await this.authenticateToken(bearer);
    if (claims) return principalOf(claims, key);
    return key && { kind: 'api-key', userId: key.userId, role: key.role, scopes: key.scopes, ...presented(key) };
  }

  /** @throws DomainError `invalid_api_key`, `email_not_verified`, `second_factor_setup_required`, `rate_limited` */
  async authenticateKey(apiKey: string, caller: Caller): Promise<VerifiedApiKey> {
    const input: ApiKeyInput = { apiKey, caller };
    const key = await this.passport.authenticate<VerifiedApiKey>('api-key', input);
    if (!key) throw new DomainError('invalid_api_key');
    return key;
  }

  private async authenticateToken(token: string): Promise<AccessTokenClaims> {
    const claims = await this.accessTokens.verify(token);
    if (!claims || !(await this.sessions.isLive(claims.sid))) throw new DomainError('invalid_token');
    return claims;
  }
}

function presented({ keyId, secretHash }: VerifiedApiKey): Pick<Principal, 'keyId' | 'keySecretHash'> {
  return { keyId, keySecretHash: secretHash };
}

/** The role in the token is the current one: a change of role revokes all sessions of the user. */
function principalOf(
  { sub, role, sid, key: boundTo, limit }: AccessTokenClaims,
  key: VerifiedApiKey | undefined,
): Principal {
  if (key && key.userId !== sub) throw new DomainError('invalid_token');
  if (boundTo !== undefined && boundTo !== key?.keyId) throw new DomainError('invalid_token');
  const session = { userId: sub, role, sessionId: sid, ...(key && presented(key)), ...(limit && { limit }) };
  return boundTo !== undefined && key
    ? { kind: 'key-bound', ...session, scopes: key.scopes }
    : { kind: 'session', ...session };
}
