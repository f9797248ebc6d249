import { hasRole, type Role, type SessionLimit } from '../../common/principal.js';
import type { Config } from '../../config/config.js';
import type { User } from './user.entity.js';

interface Limited {
  /** When the user's address was verified; null: never. */
  readonly emailVerifiedAt: Date | null;
  readonly role: Role;
  /** Of a session: whether it was opened with a second factor. Of an API key: whether its owner has one. */
  readonly secondFactor: boolean;
}

/**
 * What keeps a user's session from its full rights at this moment: with `EMAIL_VERIFICATION=required`, an address that
 * was never verified; with `SECOND_FACTOR_REQUIRED_FOR`, a missing second factor. Asked whenever an access token is
 * issued, and for every API key.
 */
export function sessionLimit(
  { emailVerifiedAt, role, secondFactor }: Limited,
  config: Pick<Config, 'emailVerification' | 'secondFactorRequiredFor'>,
): SessionLimit | undefined {
  if (config.emailVerification === 'required' && emailVerifiedAt === null) return 'email_not_verified';
  return requiresSecondFactor(role, config) && !secondFactor ? 'second_factor_setup_required' : undefined;
}

/** Whether `SECOND_FACTOR_REQUIRED_FOR` names this role or a lower one. */
export function requiresSecondFactor(
  role: Role,
  { secondFactorRequiredFor }: Pick<Config, 'secondFactorRequiredFor'>,
): boolean {
  return secondFactorRequiredFor !== undefined && hasRole({ role }, secondFactorRequiredFor);
}

/** Whether a user has TOTP or a passkey. */
export function hasFactor({ totpEnabledAt, passkeyCount }: Pick<User, 'totpEnabledAt' | 'passkeyCount'>): boolean {
  return totpEnabledAt !== null || passkeyCount > 0;
}
