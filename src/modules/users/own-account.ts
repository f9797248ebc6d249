import type { EntityManager } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import type { Principal } from '../../common/principal.js';
import type { Config } from '../../config/config.js';
import { hasFactor, requiresSecondFactor } from './session-limit.js';
import { User } from './user.entity.js';

/**
 * Locks the account that a caller is about to change, until the transaction ends. The session of the caller must still
 * exist: a password reset or an undone change of address may have committed since the request was authenticated, and
 * what it removed must not come back. From here on, the session cannot be revoked before the transaction ends.
 * @throws DomainError `invalid_token`
 */
export async function lockOwnAccount(manager: EntityManager, principal: Principal): Promise<User> {
  const where = { id: principal.userId, status: 'active' as const };
  const user = await manager.findOne(User, { where, lock: { mode: 'pessimistic_write' } });
  if (!user) throw new DomainError('invalid_token', { message: 'The account no longer exists' });
  await assertSessionExists(manager, principal);
  return user;
}

/**
 * Asserts that the session of a caller has not been revoked since the request was authenticated, and keeps it until the
 * transaction ends. Locks the row of the session, so lock those of users before.
 * @throws DomainError `invalid_token`
 */
export async function assertSessionExists(manager: EntityManager, { userId, sessionId }: Principal): Promise<void> {
  const sessions = await manager.query<unknown[]>('SELECT FROM sessions WHERE id = $1 AND user_id = $2 FOR KEY SHARE', [
    sessionId ?? null,
    userId,
  ]);
  if (sessions.length === 0) throw new DomainError('invalid_token', { message: 'The session was revoked' });
}

/**
 * Asserts that a session may add a factor to the account of its user. Where mail is configured, the address must be
 * verified: a reset removes the factors of an unverified account, so the mailbox alone would open it. Where the user needs
 * a factor and has one, the session must have proved it: otherwise a password alone would add another, and with it open
 * everything.
 * @throws DomainError `email_not_verified`, `second_factor_setup_required`
 */
export async function assertMayAddFactor(
  manager: EntityManager,
  user: User,
  { sessionId }: Principal,
  config: Pick<Config, 'mail' | 'secondFactorRequiredFor'>,
): Promise<void> {
  if (config.mail !== undefined && user.emailVerifiedAt === null) throw new DomainError('email_not_verified');
  if (!hasFactor(user) || !requiresSecondFactor(user.role, config)) return;
  const proved = await manager.query<unknown[]>('SELECT FROM sessions WHERE id = $1 AND second_factor', [
    sessionId ?? null,
  ]);
  if (proved.length > 0) return;
  throw new DomainError('second_factor_setup_required', { message: 'Confirm your existing second factor first' });
}
