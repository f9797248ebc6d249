import { type EntityManager, MoreThan } from 'typeorm';
import { User } from '../users/user.entity.js';
import { Passkey } from '../passkeys/passkey.entity.js';
import { RecoveryCode } from './recovery-code.entity.js';
import { TotpFactor } from './totp-factor.entity.js';

/*
 * Removals of factors without any check: the caller has made them, and has locked the user.
 */

/** Removes every second factor of a user. */
export async function removeFactors(manager: EntityManager, userId: string): Promise<void> {
  await removeTotp(manager, userId);
  await manager.delete(Passkey, { userId });
}

/** Removes the factors, and the set-ups, that are newer than `since`. */
export async function removeFactorsSince(
  manager: EntityManager,
  { id: userId, totpEnabledAt }: Pick<User, 'id' | 'totpEnabledAt'>,
  since: Date,
): Promise<void> {
  if (totpEnabledAt === null || totpEnabledAt > since) await removeTotp(manager, userId);
  await manager.delete(RecoveryCode, { userId, createdAt: MoreThan(since) });
  await manager.delete(Passkey, { userId, createdAt: MoreThan(since) });
}

/** Removes a user's authenticator app, also one that was never confirmed, and its recovery codes. */
export async function removeTotp(manager: EntityManager, userId: string): Promise<void> {
  await manager.delete(TotpFactor, { userId });
  await manager.delete(RecoveryCode, { userId });
  await manager.update(User, { id: userId }, { totpEnabledAt: null });
}

/** Forgets the wrong codes of a user who has a new password, and ends the lock that they caused. */
export async function forgetWrongCodes(manager: EntityManager, userId: string): Promise<void> {
  await manager.update(TotpFactor, { userId }, { wrongCodes: [], lockedUntil: null });
}
