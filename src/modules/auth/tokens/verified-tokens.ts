import type { KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../../../common/clock.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { type AccessTokenClaims, keyNameIn, readClaims } from './access-token.js';
import { SigningKeys } from './signing-keys.service.js';

const VERIFIED_MAX = 10_000;

interface Verified {
  readonly kid: string;
  readonly key: KeyObject;
  readonly claims: AccessTokenClaims;
}

/**
 * Remembers access tokens whose signature was checked, by their whole text, since the check costs more than the rest
 * of a call: at most 10,000, the oldest first to go. Nothing enters that was not verified (SECURITY 15), and
 * everything but the signature is checked again each time: that its key is still ours, and its times.
 */
@Injectable()
export class VerifiedTokens {
  private readonly tokens = new Map<string, Verified>();

  constructor(
    private readonly signingKeys: SigningKeys,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The claims of a token that was verified before and is still good; says nothing about any other. */
  find(token: string): AccessTokenClaims | undefined {
    const known = this.tokens.get(token);
    if (!known) return undefined;
    const { accessTokenTtlSeconds, feedTokenTtlSeconds } = this.config;
    const isOurs = this.signingKeys.publicKey(known.kid) === known.key;
    const claims = readClaims(known.claims, this.clock.now(), (bound) =>
      bound ? feedTokenTtlSeconds : accessTokenTtlSeconds,
    );
    if (isOurs && claims) return claims;
    this.tokens.delete(token);
    return undefined;
  }

  /** Call with what the signature check returned, and only then. */
  remember(token: string, claims: AccessTokenClaims): void {
    const kid = keyNameIn(token);
    const key = kid === undefined ? undefined : this.signingKeys.publicKey(kid);
    if (kid === undefined || !key) return;
    this.tokens.set(token, { kid, key, claims });
    for (const oldest of this.tokens.keys()) {
      if (this.tokens.size <= VERIFIED_MAX) return;
      this.tokens.delete(oldest);
    }
  }
}
