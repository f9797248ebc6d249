import { hasRole, type Principal, type Role, type UserStatus } from '../../common/principal.js';

/*
 * Who may do what to a person's account. Pure functions: routes have asked for the role already, these ask about
 * the person.
 */

export interface StandingChange {
  readonly role?: Role;
  readonly status?: UserStatus;
}

/** An id is the same whatever the case of its letters, as the database finds it too. */
export function mayRead(principal: Principal, userId: string): boolean {
  return principal.userId === userId.toLowerCase() || hasRole(principal, 'admin');
}

/** Whether this change may be asked for at all, whoever it is about: only a SUPER_ADMIN grants roles. */
export function mayAskFor(principal: Principal, change: StandingChange): boolean {
  return hasRole(principal, change.role === undefined ? 'admin' : 'SUPER_ADMIN');
}

/** Whether `principal` may change or delete the account of somebody with this role: admins are a SUPER_ADMIN's matter. */
export function mayTouch(principal: Principal, target: { readonly role: Role }): boolean {
  return hasRole(principal, target.role === 'user' ? 'admin' : 'SUPER_ADMIN');
}
