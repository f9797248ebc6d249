import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AppPassport } from '../../common/app-passport.js';
import { Clock } from '../../common/clock.js';
import { accessTokenLifetime } from '../../config/access-token-lifetime.js';
import { CONFIG, type Config } from '../../config/config.js';
import { type AccessTokenClaims, readClaims, readKeyId } from './access-token.js';
import type { JwtInput } from './jwt.strategy.js';
import { SigningKeys } from './signing-keys.js';

export const CACHED_TOKENS_MAX = 10_000;

/** A token whose signature, issuer and audience are valid. */
interface SignedToken {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly payload: unknown;
}

/**
 * Verifies access tokens. Checking a signature costs more than the rest of a request, so tokens that were accepted are
 * cached; nothing else enters the cache. A cached token is checked again each time for everything but its signature.
 */
@Injectable()
export class AccessTokenVerifier {
  private readonly accepted = new LRUCache<string, SignedToken>({ max: CACHED_TOKENS_MAX });

  constructor(
    private readonly passport: AppPassport,
    private readonly signingKeys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The claims of a valid token; undefined for any other string. Does not tell whether the session is still live, and
   * does no I/O.
   */
  async verify(token: string): Promise<AccessTokenClaims | undefined> {
    const cached = this.accepted.get(token);
    const signed = cached ?? (await this.checkSignature(token));
    const claims = signed && this.claimsOf(signed);
    if (!claims) this.accepted.delete(token);
    else if (!cached) this.accepted.set(token, signed);
    return claims;
  }

  private async checkSignature(token: string): Promise<SignedToken | undefined> {
    const kid = readKeyId(token);
    const publicKey = kid === undefined ? undefined : this.signingKeys.publicKey(kid);
    if (kid === undefined || !publicKey) return undefined;
    const input: JwtInput = { token, publicKey };
    const payload = await this.passport.authenticate<object>('jwt', input);
    return payload && { kid, publicKey, payload };
  }

  private claimsOf({ kid, publicKey, payload }: SignedToken): AccessTokenClaims | undefined {
    if (this.signingKeys.publicKey(kid) !== publicKey) return undefined;
    return readClaims(payload, this.clock.now(), {
      audience: this.config.tokenAudience,
      maxLifetimeSeconds: (isKeyBound) => accessTokenLifetime(this.config, isKeyBound),
    });
  }
}
