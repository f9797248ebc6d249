import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import type { Caller } from '../../common/caller.js';
import { PasskeyProofs } from '../passkeys/passkey-proofs.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { generateRefreshToken } from '../sessions/refresh-token.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Login } from './login.service.js';

/** Logs users in by passkey. */
@Injectable()
export class PasskeyLoginService {
  constructor(
    private readonly proofs: PasskeyProofs,
    private readonly sessions: SessionsService,
    private readonly events: SecurityEvents,
  ) {}

  /** @throws DomainError what {@link PasskeyProofs.options} throws */
  async options(caller: Caller): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.proofs.options(caller);
  }

  /**
   * Opens a session that can be refreshed. A passkey is two factors in one: no code is asked for.
   * @throws DomainError `invalid_credentials`, the same for every cause; `passkeys_not_configured`, `rate_limited`
   */
  async logIn(credential: AuthenticationResponseJSON, caller: Caller): Promise<Login> {
    const passkey = await this.proofs.check(credential, caller);
    const { user } = passkey;
    const refreshToken = generateRefreshToken();
    const session = await this.sessions.open({ user, proof: { kind: 'passkey', passkey }, refreshToken }, caller);
    this.events.record('login.succeeded', {
      userId: user.id,
      sessionId: session.sessionId,
      passkeyId: passkey.passkey.id,
    });
    return { user, ...session, refreshToken };
  }
}
