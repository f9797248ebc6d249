import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Caller } from '../../common/caller.js';
import { addSeconds, Clock } from '../../common/clock.js';
import type { Principal } from '../../common/principal.js';
import { PasskeyConfirmations } from '../passkeys/passkey-confirmations.js';
import { SecondFactors } from './second-factors.js';
import { UsersService } from '../users/users.service.js';

/** How long a user must have had a factor for it to prove that no attacker has set it up. */
export const TRUSTED_AFTER_SECONDS = 7 * 86_400;

/** A code of an authenticator app or a recovery code; or a credential that a passkey has signed. */
export interface FactorProof {
  readonly code?: string | undefined;
  readonly credential?: AuthenticationResponseJSON | undefined;
}

/** Tells a user's own factors from those that an attacker may have set up: a user has had them for a week. */
@Injectable()
export class TrustedFactors {
  constructor(
    private readonly users: UsersService,
    private readonly secondFactors: SecondFactors,
    private readonly passkeys: PasskeyConfirmations,
    private readonly clock: Clock,
  ) {}

  /**
   * Whether a proof is right and of a factor that the user has had for `TRUSTED_AFTER_SECONDS`. False without a proof.
   * @throws DomainError `second_factor_required` for a wrong code, `invalid_credentials` for a wrong credential;
   *   `passkeys_not_configured`, `rate_limited`, `overloaded`
   */
  async isProved(principal: Principal, proof: FactorProof, caller: Caller): Promise<boolean> {
    const since = await this.provenSince(principal, proof, caller);
    return since !== undefined && since <= addSeconds(this.clock.now(), -TRUSTED_AFTER_SECONDS);
  }

  /** Since when the user has had the proven factor. Undefined without a proof. */
  private async provenSince(principal: Principal, { code, credential }: FactorProof, caller: Caller) {
    if (credential !== undefined) {
      return (await this.passkeys.confirm(credential, caller, principal.userId)).createdAt;
    }
    if (code === undefined) return undefined;
    const user = await this.users.get(principal, principal.userId);
    return (await this.secondFactors.prove(user, code, caller))?.since;
  }
}
