import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Clock } from '../../common/clock.js';
import type { Role, SessionLimit } from '../../common/principal.js';
import { accessTokenLifetime } from '../../config/access-token-lifetime.js';
import { CONFIG, type Config } from '../../config/config.js';
import { ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_TYPE, type AccessTokenClaims } from './access-token.js';
import { audienceOf } from './audience.js';
import { SigningKeys } from './signing-keys.js';

/** The session that a token is issued for. */
export interface TokenSession {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date;
  /** The API key (`key_…`) that the token is bound to; absent for other tokens. */
  readonly keyId?: string;
  /** What keeps the session from its full rights, if anything does. */
  readonly limit?: SessionLimit | undefined;
}

export interface IssuedAccessToken {
  readonly accessToken: string;
  /** Whole seconds from now until it expires. */
  readonly expiresInSeconds: number;
}

/** Issues access tokens: JWTs signed with ES256 (RFC 7518, section 3.4). */
@Injectable()
export class AccessTokenIssuer {
  constructor(
    private readonly jwt: JwtService,
    private readonly signingKeys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The token expires with its session at the latest. @throws DomainError `service_unavailable` */
  issue({ id, userId, role, expiresAt, keyId, limit }: TokenSession): IssuedAccessToken {
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const lifetime = accessTokenLifetime(this.config, keyId !== undefined);
    const confinement = { ...(keyId !== undefined && { key: keyId }), ...(limit !== undefined && { limit }) };
    const claims: AccessTokenClaims = {
      iss: this.config.tokenIssuer,
      aud: audienceOf(this.config.tokenAudience, confinement),
      sub: userId,
      sid: id,
      role,
      iat,
      exp: Math.min(iat + lifetime, Math.ceil(expiresAt.getTime() / 1000)),
      jti: randomUUID(),
      ...confinement,
    };
    const { kid, privateKey } = this.signingKeys.current();
    const header = { alg: ACCESS_TOKEN_ALGORITHM, typ: ACCESS_TOKEN_TYPE, kid };
    const accessToken = this.jwt.sign(claims, { algorithm: ACCESS_TOKEN_ALGORITHM, header, privateKey });
    return { accessToken, expiresInSeconds: claims.exp - iat };
  }
}
