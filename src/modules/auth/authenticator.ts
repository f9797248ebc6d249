import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { looksLikeApiKey } from '../api-keys/api-key-secret.js';
import type { VerifiedApiKey } from '../api-keys/api-key-verifier.js';
import { SessionsService } from './sessions/sessions.service.js';
import { ApiKeyStrategy } from './strategies/api-key.strategy.js';
import { decide } from './strategies/decide.js';
import { JwtStrategy } from './strategies/jwt.strategy.js';
import type { AccessTokenClaims } from './tokens/access-token.js';
import { VerifiedTokens } from './tokens/verified-tokens.js';

/** What came with a request, taken apart but not yet believed. */
export interface Credentials {
  /** The token after `Bearer`; an API key may be sent this way too. */
  readonly bearer?: string;
  /** The text of `x-api-key`. */
  readonly apiKey?: string;
}

/** Turns credentials into a principal, the same for every contract. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly jwt: JwtStrategy,
    private readonly apiKey: ApiKeyStrategy,
    private readonly sessions: SessionsService,
    private readonly verified: VerifiedTokens,
  ) {}

  /**
   * Who this is; undefined when no credentials came at all. A key and a token together must be the same person's, and
   * give the token's rights; never the union of two people's.
   * @throws DomainError `invalid_api_key`, `invalid_token`
   */
  async authenticate({ bearer, apiKey }: Credentials): Promise<Principal | undefined> {
    const bearerIsKey = bearer !== undefined && looksLikeApiKey(bearer);
    if (bearerIsKey && apiKey !== undefined && apiKey !== bearer) throw invalidToken();
    // The key first: when it is gone, so is whatever is bound to it, and that is the more helpful thing to say.
    const secret = apiKey ?? (bearerIsKey ? bearer : undefined);
    const key = secret === undefined ? undefined : await this.verifyKey(secret);
    const claims = bearer === undefined || bearerIsKey ? undefined : await this.verifyToken(bearer);
    if (claims) return toSessionPrincipal(claims, key);
    return key && { kind: 'api-key', userId: key.userId, role: key.role, keyId: key.keyId, scopes: key.scopes };
  }

  /** @throws DomainError `invalid_api_key`, also when there is none */
  async verifyKey(secret: string): Promise<VerifiedApiKey> {
    const key = await decide<VerifiedApiKey>(this.apiKey, { apiKey: secret });
    if (!key) throw new DomainError('invalid_api_key', 'API key invalid or not provided.');
    return key;
  }

  private async verifyToken(token: string): Promise<AccessTokenClaims> {
    let claims = this.verified.find(token);
    if (!claims) {
      claims = await decide<AccessTokenClaims>(this.jwt, { token });
      if (claims) this.verified.remember(token, claims);
    }
    if (!claims || !(await this.sessions.isLive(claims.sid))) throw invalidToken();
    return claims;
  }
}

// The role in the token is today's: a change of role ends every session there was.
function toSessionPrincipal(claims: AccessTokenClaims, key: VerifiedApiKey | undefined): Principal {
  if (key && key.userId !== claims.sub) throw invalidToken();
  if (claims.key !== undefined && claims.key !== key?.keyId) throw invalidToken();
  const session = { userId: claims.sub, role: claims.role, sessionId: claims.sid, ...(key && { keyId: key.keyId }) };
  if (claims.key !== undefined && key) return { kind: 'feed', ...session, scopes: key.scopes };
  return { kind: 'session', ...session };
}

function invalidToken(): DomainError {
  return new DomainError('invalid_token', 'The access token is invalid, expired, or was taken back');
}
