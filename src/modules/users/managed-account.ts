import type { EntityManager } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { isUuid } from '../../common/text.js';
import { assertSessionExists } from './own-account.js';
import { mayManage } from './user-policy.js';
import { User } from './user.entity.js';

/**
 * Locks an account that the principal may manage, until the transaction ends: whether they may is decided by the role
 * that the account has then, and their session must still exist. A demotion or suspension of the principal may have
 * committed since the request was authenticated; from here on, it waits for the transaction.
 * @throws DomainError `user_not_found`, `forbidden`, `invalid_token`
 */
export async function lockManageable(manager: EntityManager, principal: Principal, userId: string): Promise<User> {
  const where = { id: userId };
  const user = isUuid(userId) ? await manager.findOne(User, { where, lock: { mode: 'pessimistic_write' } }) : null;
  if (!user) throw new DomainError('user_not_found');
  if (!mayManage(principal, user)) throw new DomainError('forbidden');
  await assertSessionExists(manager, principal);
  return user;
}
