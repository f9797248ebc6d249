import { Inject, Injectable } from '@nestjs/common';
import type { PublicKeyCredentialCreationOptionsJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../common/clock.js';
import { DomainError, invalidField } from '../../common/domain-error.js';
import { newId } from '../../common/ids.js';
import { PASSKEYS_PER_USER_MAX } from '../../common/limits.js';
import type { Principal } from '../../common/principal.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { violates } from '../../database/sql-state.js';
import { AccountChanges } from '../users/account-changes.js';
import { assertMayAddFactor, lockOwnAccount } from '../users/own-account.js';
import { fullName } from '../users/person-name.js';
import type { User } from '../users/user.entity.js';
import { challengeOf, PasskeyCeremonies } from './passkey-ceremonies.js';
import { PasskeyChallenges } from './passkey-challenges.js';
import { Passkey } from './passkey.entity.js';

const NAME_DEFAULT = 'Passkey';

/** Adds passkeys to accounts. */
@Injectable()
export class PasskeyRegistrationService {
  constructor(
    private readonly database: Database,
    private readonly challenges: PasskeyChallenges,
    private readonly ceremonies: PasskeyCeremonies,
    private readonly changes: AccountChanges,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * What the user's browser needs to create a passkey. Nothing is written.
   * @throws DomainError `passkeys_not_configured`, `user_not_found`, `passkey_limit_reached`; what
   *   {@link assertMayAddFactor} throws
   */
  async options(principal: Principal): Promise<PublicKeyCredentialCreationOptionsJSON> {
    this.ceremonies.requireConfigured();
    const { userId } = principal;
    const user = await this.changes.findActive(userId);
    if (!user) throw new DomainError('user_not_found');
    const owner = { id: user.id, email: user.email, displayName: fullName(user) };
    const challenge = this.challenges.issue({ registrationOf: userId });
    const existing = await this.database.transaction(async (manager) => {
      await assertMayAddFactor(manager, user, principal, this.config);
      assertRoom(user);
      return manager.findBy(Passkey, { userId });
    });
    return this.ceremonies.creationOptions(owner, challenge, existing);
  }

  /**
   * Adds the passkey that was created with {@link options}.
   * @throws DomainError `passkeys_not_configured`, `passkey_limit_reached`; `invalid_request`, the same for everything
   *   that can be wrong with the credential, and for one that is registered already; what {@link assertMayAddFactor} throws
   */
  async add(principal: Principal, credential: RegistrationResponseJSON, name = NAME_DEFAULT): Promise<Passkey> {
    this.ceremonies.requireConfigured();
    const { userId } = principal;
    const answered = challengeOf(credential.response.clientDataJSON);
    const challenge = this.challenges.open(answered, { registrationOf: userId });
    if (!challenge) throw invalidCredential();
    const key = await this.ceremonies.createdKey(credential, challenge.text);
    if (!key) throw invalidCredential();
    const passkey: Passkey = { id: newId(), userId, name, ...key, createdAt: this.clock.now(), lastUsedAt: null };
    await this.database.transaction(async (manager) => {
      // Locked, so that concurrent additions do not exceed the limit together.
      const user = await lockOwnAccount(manager, principal);
      await assertMayAddFactor(manager, user, principal, this.config);
      assertRoom(user);
      if (!(await this.challenges.spend(manager, challenge))) throw invalidCredential();
      await insert(manager, passkey);
      await this.changes.notify(manager, 'passkey-added', userId);
    });
    await this.changes.record('passkey.added', { actorId: userId, userId, passkeyId: passkey.id });
    return passkey;
  }
}

function assertRoom({ passkeyCount }: User): void {
  if (passkeyCount >= PASSKEYS_PER_USER_MAX) throw new DomainError('passkey_limit_reached');
}

async function insert(manager: EntityManager, passkey: Passkey): Promise<void> {
  try {
    await manager.insert(Passkey, passkey);
  } catch (error) {
    throw violates(error, 'passkeys_credential_id_key') ? invalidCredential() : error;
  }
}

function invalidCredential(): DomainError {
  return invalidField({
    field: 'credential',
    code: 'format',
    message: 'credential must be a new passkey, created with options that are at most 5 minutes old',
    hint: 'Add the passkey again',
  });
}
