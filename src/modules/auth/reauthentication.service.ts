import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Caller } from '../../common/caller.js';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { PasskeyConfirmations } from '../passkeys/passkey-confirmations.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';
import { SecondFactors } from '../second-factor/second-factors.js';
import { OwnPassword } from './own-password.js';

/** A password, with a second factor where one is needed. */
interface PasswordProof {
  readonly password: string;
  /** A TOTP code or a recovery code, for users with an authenticator app. */
  readonly code?: string | undefined;
}

/** What proves that the user of a session is still the same. `credential` is signed by a passkey. */
export type ReauthenticationProof = PasswordProof | { readonly credential: AuthenticationResponseJSON };

/** Makes a session recent again, for operations that require a recent login. */
@Injectable()
export class ReauthenticationService {
  constructor(
    private readonly ownPassword: OwnPassword,
    private readonly secondFactors: SecondFactors,
    private readonly passkeys: PasskeyConfirmations,
    private readonly sessions: ActiveSessionsService,
  ) {}

  /**
   * Confirms the password of the session's user, and the second factor where there is one; or a passkey, which is both.
   * Returns until when the session counts as recent.
   * @throws DomainError `session_required`, `invalid_credentials`, `second_factor_required`, `passkeys_not_configured`,
   *   `rate_limited`, `overloaded`
   */
  async reauthenticate(principal: Principal, proof: ReauthenticationProof, caller: Caller): Promise<Date> {
    if (principal.sessionId === undefined) throw new DomainError('session_required');
    const secondFactor =
      'credential' in proof
        ? await this.confirmPasskey(principal, proof.credential, caller)
        : await this.confirmPassword(principal, proof, caller);
    return this.sessions.markAuthenticated(principal.sessionId, { secondFactor });
  }

  /** Whether a second factor was proved. */
  private async confirmPassword(principal: Principal, { password, code }: PasswordProof, caller: Caller) {
    const user = await this.ownPassword.verify(principal, password, caller);
    return (await this.secondFactors.prove(user, code, caller)) !== undefined;
  }

  private async confirmPasskey({ userId }: Principal, credential: AuthenticationResponseJSON, caller: Caller) {
    await this.passkeys.confirm(credential, caller, userId);
    return true;
  }
}
