import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server';
import { type EntityManager, Repository } from 'typeorm';
import type { Caller } from '../../common/caller.js';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { RateLimits } from '../rate-limits/rate-limits.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { User } from '../users/user.entity.js';
import { challengeOf, PasskeyCeremonies, userHandleOf } from './passkey-ceremonies.js';
import { type OpenChallenge, PasskeyChallenges } from './passkey-challenges.js';
import { Passkey } from './passkey.entity.js';

/** A right signature of a passkey, which counts once it is spent. */
export interface PasskeyProof {
  readonly passkey: Passkey;
  readonly user: User;
  readonly challenge: OpenChallenge;
  readonly signCount: number;
  /** The user who confirmed with it; undefined at a login. */
  readonly confirmedBy: string | undefined;
}

/** A passkey whose signature counter did not grow, so that it may have been copied. */
export interface SuspectedClone {
  readonly userId: string;
  readonly passkeyId: string;
}

/**
 * Checks passkeys that a user presents: to log in, or to confirm who they are. Everything that can be wrong with one
 * gets the same refusal, `invalid_credentials`.
 */
@Injectable()
export class PasskeyProofs {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly challenges: PasskeyChallenges,
    private readonly ceremonies: PasskeyCeremonies,
    private readonly limits: RateLimits,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /**
   * What the browser needs to sign in with any passkey of this application. Names no one, and writes nothing.
   * @throws DomainError `passkeys_not_configured`, `rate_limited`
   */
  async options(caller: Caller): Promise<PublicKeyCredentialRequestOptionsJSON> {
    this.ceremonies.requireConfigured();
    await this.limits.count('passkey-options', caller.network);
    return this.ceremonies.requestOptions(this.challenges.issue('login'));
  }

  /**
   * Checks the response to {@link options}: the login of any user, or the confirmation of a user who is logged in
   * (`confirmedBy`). It counts once it is spent: that of a login in the transaction that inserts its session, that of a
   * confirmation by `PasskeyConfirmations`.
   * @throws DomainError `passkeys_not_configured`, `rate_limited`; `invalid_credentials`, the same for every cause
   */
  async check(credential: AuthenticationResponseJSON, caller: Caller, confirmedBy?: string): Promise<PasskeyProof> {
    this.ceremonies.requireConfigured();
    await this.limits.count('passkey', caller.network);
    const { clientDataJSON, userHandle } = credential.response;
    const challenge = this.challenges.open(challengeOf(clientDataJSON), 'login');
    if (!challenge) throw this.refusal({ confirmedBy });
    const passkey = await this.find(credential.id);
    if (!passkey?.user) throw this.refusal({ confirmedBy });
    const { userId } = passkey;
    if (confirmedBy !== undefined && confirmedBy !== userId) throw this.refusal({ confirmedBy });
    const isOwner = userHandle !== undefined && Buffer.from(userHandle, 'base64url').equals(userHandleOf(userId));
    const signCount = isOwner ? await this.ceremonies.signCount(credential, challenge.text, passkey) : undefined;
    if (signCount === undefined) throw this.refusal({ confirmedBy, userId });
    return { passkey, user: passkey.user, challenge, signCount, confirmedBy };
  }

  /**
   * Spends a proof in the caller's transaction: of two that answer one challenge, or that have the same counter, the first
   * counts. Locks the user, who must be active, and have the passkey still. What it returns is for {@link record} once
   * that transaction has committed; a refusal, which no transaction repeats, is recorded here.
   * @throws DomainError `invalid_credentials`
   */
  async spend(manager: EntityManager, proof: PasskeyProof): Promise<SuspectedClone | undefined> {
    const { challenge, signCount, confirmedBy } = proof;
    const { id, userId } = proof.passkey;
    const where = { id: userId, status: 'active' as const };
    const user = await manager.findOne(User, { where, lock: { mode: 'for_no_key_update' } });
    const isFirst = user !== null && (await this.challenges.spend(manager, challenge));
    const passkey = isFirst ? await manager.findOneBy(Passkey, { id }) : null;
    if (!passkey) throw this.refusal({ confirmedBy, userId });
    const highest = Number(passkey.signCount);
    const hasGrown = signCount > highest || (signCount === 0 && highest === 0);
    const clone = hasGrown ? undefined : { userId, passkeyId: id };
    // A manager of synced keys may count on each device by itself. Any other key is in one place, or was copied.
    if (clone && !passkey.isSynced) {
      this.record(clone);
      throw this.refusal({ confirmedBy, userId });
    }
    await manager.update(
      Passkey,
      { id },
      { signCount: String(Math.max(signCount, highest)), lastUsedAt: this.clock.now() },
    );
    return clone;
  }

  /** Records what {@link spend} returned. */
  record(clone: SuspectedClone | undefined): void {
    if (clone) this.events.record('passkey.clone_suspected', { ...clone });
  }

  private async find(id: string): Promise<Passkey | null> {
    return this.passkeys.findOne({ where: { credentialId: Buffer.from(id, 'base64url') }, relations: { user: true } });
  }

  private refusal({ confirmedBy, userId }: { confirmedBy: string | undefined; userId?: string }): DomainError {
    if (confirmedBy !== undefined) this.events.record('second_factor.failed', { userId: confirmedBy });
    else this.events.record('login.failed', userId === undefined ? {} : { userId });
    return new DomainError('invalid_credentials');
  }
}
