import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-jwt';
import { AppPassport } from '../../common/app-passport.js';
import { CONFIG, type Config } from '../../config/config.js';
import { ACCESS_TOKEN_ALGORITHM } from './access-token.js';
import { acceptedAudiences } from './audience.js';

/** What the strategy reads in place of an HTTP request. */
export interface JwtInput {
  readonly token: string;
  /** The key that the token's header names. */
  readonly publicKey: KeyObject;
}

/** Checks the signature, algorithm, issuer and audience of a JWT. `AccessTokenVerifier` checks everything else. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(passport: AppPassport, @Inject(CONFIG) config: Config) {
    super({
      jwtFromRequest: (input: unknown) => (input as JwtInput).token,
      secretOrKeyProvider: (input: unknown, _token: unknown, done: (error: null, key: Buffer) => void) =>
        // The declared types know strings and buffers only. A KeyObject saves parsing the key on each call.
        done(null, (input as JwtInput).publicKey as unknown as Buffer),
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: config.tokenIssuer,
      audience: acceptedAudiences(config.tokenAudience),
      // The library reads the system's clock, AccessTokenVerifier the app's.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    });
    passport.use('jwt', this);
  }

  /** Returns the payload as it was signed. */
  validate(payload: unknown): unknown {
    return payload;
  }
}
