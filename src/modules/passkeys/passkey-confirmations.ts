import { Injectable } from '@nestjs/common';
import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { Caller } from '../../common/caller.js';
import { Database } from '../../database/database.js';
import { PasskeyProofs } from './passkey-proofs.js';
import type { Passkey } from './passkey.entity.js';

/** Lets users who are logged in confirm who they are, with one of their passkeys. */
@Injectable()
export class PasskeyConfirmations {
  constructor(
    private readonly database: Database,
    private readonly proofs: PasskeyProofs,
  ) {}

  /**
   * Checks and spends a response to {@link PasskeyProofs.options}. Returns the passkey, which is one of this user.
   * @throws DomainError what {@link PasskeyProofs.check} and {@link PasskeyProofs.spend} throw
   */
  async confirm(credential: AuthenticationResponseJSON, caller: Caller, userId: string): Promise<Passkey> {
    const proof = await this.proofs.check(credential, caller, userId);
    this.proofs.record(await this.database.transaction((manager) => this.proofs.spend(manager, proof)));
    return proof.passkey;
  }
}
