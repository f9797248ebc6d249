import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../common/clock.js';
import type { Role } from '../../../common/principal.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { signAccessToken } from './access-token.js';
import { SigningKeys } from './signing-keys.service.js';

/** The session a token is for. */
export interface TokenSubject {
  readonly userId: string;
  readonly role: Role;
  readonly sessionId: string;
  readonly sessionExpiresAt: Date;
  /** The API key (`key_…`) it is bound to. */
  readonly keyId?: string;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  /** Whole seconds from now to its end. */
  readonly expiresInSeconds: number;
}

/** Makes access tokens: JWTs signed with ES256, valid `ACCESS_TOKEN_TTL` (bound to a key: `FEED_TOKEN_TTL`). */
@Injectable()
export class AccessTokens {
  constructor(
    private readonly signingKeys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Never outlives its session. */
  issue({ userId, role, sessionId, sessionExpiresAt, keyId }: TokenSubject): IssuedAccessToken {
    const ttl = keyId === undefined ? this.config.accessTokenTtlSeconds : this.config.feedTokenTtlSeconds;
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const exp = Math.min(iat + ttl, Math.ceil(sessionExpiresAt.getTime() / 1000));
    const { kid, privateKey } = this.signingKeys.current();
    const { tokenIssuer: iss, tokenAudience: aud } = this.config;
    const claims = { iss, aud, sub: userId, sid: sessionId, role, iat, exp, jti: randomUUID() };
    return {
      accessToken: signAccessToken(keyId === undefined ? claims : { ...claims, key: keyId }, kid, privateKey),
      expiresInSeconds: exp - iat,
    };
  }
}
