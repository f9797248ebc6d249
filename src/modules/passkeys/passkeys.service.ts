import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import { AccountChanges } from '../users/account-changes.js';
import { lockOwnAccount } from '../users/own-account.js';
import { requiresSecondFactor } from '../users/session-limit.js';
import { Passkey } from './passkey.entity.js';

/** Lists, renames and removes passkeys. */
@Injectable()
export class PasskeysService {
  constructor(
    @InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>,
    private readonly database: Database,
    private readonly changes: AccountChanges,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The principal's passkeys, newest first. */
  async list({ userId }: Principal): Promise<Passkey[]> {
    return this.passkeys.find({ where: { userId }, order: { createdAt: 'DESC', id: 'DESC' } });
  }

  /** @throws DomainError `passkey_not_found`, also for another user's passkey */
  async rename({ userId }: Principal, id: string, name: string): Promise<Passkey> {
    const own = { id: requireId(id), userId };
    await this.passkeys.update(own, { name });
    const passkey = await this.passkeys.findOneBy(own);
    if (!passkey) throw passkeyNotFound();
    return passkey;
  }

  /**
   * Removes a passkey. Sessions that it opened stay.
   * @throws DomainError `passkey_not_found`, also for another user's passkey; `second_factor_required_by_policy` for the
   *   last factor of a user who needs one
   */
  async remove(principal: Principal, id: string): Promise<void> {
    const { userId } = principal;
    const own = { id: requireId(id), userId };
    await this.database.transaction(async (manager) => {
      // Locked, so that two removals at once do not each leave the other's factor.
      const user = await lockOwnAccount(manager, principal);
      const { affected } = await manager.delete(Passkey, own);
      if (!affected) throw passkeyNotFound();
      const isLastFactor = user.totpEnabledAt === null && user.passkeyCount === 1;
      if (isLastFactor && requiresSecondFactor(user.role, this.config)) {
        throw new DomainError('second_factor_required_by_policy');
      }
      await this.changes.notify(manager, 'passkey-removed', userId);
    });
    await this.changes.record('passkey.removed', { actorId: userId, userId, passkeyId: own.id });
  }
}

function requireId(id: string): string {
  if (!isUuid(id)) throw passkeyNotFound();
  return id.toLowerCase();
}

function passkeyNotFound(): DomainError {
  return new DomainError('passkey_not_found');
}
