import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { Clock } from '../../../common/clock.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { ACCESS_TOKEN_ALGORITHM, type AccessTokenClaims, keyNameIn, readClaims } from '../tokens/access-token.js';
import { SigningKeys } from '../tokens/signing-keys.service.js';

/** What this strategy is asked about. */
export interface JwtRequest {
  readonly token: string;
}

/**
 * Verifies an access token: passport-jwt checks signature, algorithm, issuer and audience; `keyNameIn` and `readClaims`
 * check what it leaves open. Says nothing about whether the session still lives.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(
    signingKeys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    super({
      jwtFromRequest: (request: unknown) => (request as JwtRequest).token,
      secretOrKeyProvider: (
        _request: unknown,
        token: unknown,
        done: (error: Error | null, key?: string | Buffer) => void,
      ) => {
        const kid = keyNameIn(String(token));
        const key: KeyObject | undefined = kid === undefined ? undefined : signingKeys.publicKey(kid);
        // The type knows texts only; a ready KeyObject is taken as well, and saves parsing it on each call.
        if (key) done(null, key as unknown as Buffer);
        else done(new Error('not a token of ours'));
      },
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: config.tokenIssuer,
      audience: config.tokenAudience,
      // Times are checked in readClaims, against the clock of the app rather than that of the library.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
  }

  validate(payload: unknown): AccessTokenClaims | false {
    const { accessTokenTtlSeconds, feedTokenTtlSeconds } = this.config;
    const claims = readClaims(payload, this.clock.now(), (bound) =>
      bound ? feedTokenTtlSeconds : accessTokenTtlSeconds,
    );
    return claims ?? false;
  }
}
