import { hasRole, type Principal, type Role, type UserStatus } from '../../common/principal.js';

/*
 * Who may see and change which account.
 */

export interface StandingChange {
  readonly role?: Role;
  readonly status?: UserStatus;
  /** Declares the address verified. */
  readonly emailVerified?: true;
}

/** Upper and lower case in `userId` are the same, as they are to the database. */
export function mayRead(principal: Principal, userId: string): boolean {
  return principal.userId === userId.toLowerCase() || hasRole(principal, 'admin');
}

export function mayList(principal: Principal): boolean {
  return hasRole(principal, 'admin');
}

/** Whether the principal may have everything that is stored about an account: its user, and a SUPER_ADMIN. */
export function mayExport(principal: Principal, userId: string): boolean {
  return principal.userId === userId.toLowerCase() || hasRole(principal, 'SUPER_ADMIN');
}

/** Whether the role allows this change of any account at all: only a SUPER_ADMIN grants roles. */
export function mayRequest(principal: Principal, change: StandingChange): boolean {
  return hasRole(principal, change.role === undefined ? 'admin' : 'SUPER_ADMIN');
}

/** Whether the principal may change or delete an account with this role: only a SUPER_ADMIN those of admins. */
export function mayManage(principal: Principal, target: { readonly role: Role }): boolean {
  return hasRole(principal, target.role === 'user' ? 'admin' : 'SUPER_ADMIN');
}
