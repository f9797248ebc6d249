/** Lowest to highest: who has a role may do all that a lower one may. */
export const ROLES = ['user', 'admin', 'SUPER_ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Only `active` people log in, refresh, or use a token or a key. */
export const USER_STATUSES = ['active', 'inactive', 'suspended'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** What an API key may be allowed to do. Songs go with artists; `users:read` is of use to an admin's key. */
export const SCOPES = ['profile:read', 'artists:read', 'artists:write', 'users:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a key may do when its maker did not say. */
export const DEFAULT_SCOPES: readonly Scope[] = ['profile:read', 'artists:read', 'artists:write'];

/**
 * Who is calling, as proved by the credentials of this request.
 *
 * - `session`: an access token of a login (an API key of the same person may have come along).
 * - `api-key`: a key alone, acting as its owner within its scopes.
 * - `feed`: an access token bound to an API key, together with that key; it keeps to the key's scopes.
 */
export interface Principal {
  readonly kind: 'session' | 'api-key' | 'feed';
  readonly userId: string;
  readonly role: Role;
  /** The session of the access token; absent for a key alone. */
  readonly sessionId?: string;
  /** The id (`key_…`) of the API key that came with the request; absent where none did. */
  readonly keyId?: string;
  /** What an `api-key` or `feed` principal is confined to; absent for a session, which has all its person's rights. */
  readonly scopes?: readonly Scope[];
}

export function hasRole(holder: { readonly role: Role }, needed: Role): boolean {
  return ROLES.indexOf(holder.role) >= ROLES.indexOf(needed);
}

/** A session has every scope; a key and a feed token have those the key was given. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes === undefined || principal.scopes.includes(scope);
}
