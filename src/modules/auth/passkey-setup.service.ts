import { Injectable } from '@nestjs/common';
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { Principal } from '../../common/principal.js';
import { Database } from '../../database/database.js';
import type { Passkey } from '../passkeys/passkey.entity.js';
import { PasskeyRegistrationService } from '../passkeys/passkey-registration.service.js';
import { ActiveSessionsService } from '../sessions/active-sessions.service.js';

/** Adds passkeys to the account of a session. */
@Injectable()
export class PasskeySetupService {
  constructor(
    private readonly database: Database,
    private readonly registrations: PasskeyRegistrationService,
    private readonly sessions: ActiveSessionsService,
  ) {}

  /** @throws DomainError what {@link PasskeyRegistrationService.options} throws */
  async options(principal: Principal): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return this.registrations.options(principal);
  }

  /**
   * Adds a passkey. Its user was present and verified, so the session counts as one with a second factor from its next
   * refresh on.
   * @throws DomainError what {@link PasskeyRegistrationService.add} throws
   */
  async add(principal: Principal, credential: RegistrationResponseJSON, name?: string): Promise<Passkey> {
    const passkey = await this.registrations.add(principal, credential, name);
    await this.database.transaction((manager) => this.sessions.markSecondFactorIn(manager, principal));
    return passkey;
  }
}
