/** From lowest to highest. A role includes the rights of the lower ones. */
export const ROLES = ['user', 'admin', 'SUPER_ADMIN'] as const;
export type Role = (typeof ROLES)[number];

/** Only `active` people log in, refresh, or use a token or a key. */
export const USER_STATUSES = ['active', 'inactive', 'suspended'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** What an API key may be allowed to do. Songs go with artists; `users:read` is of use to an admin's key. */
export const SCOPES = ['profile:read', 'artists:read', 'artists:write', 'users:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** The scopes of a key that was created without any. */
export const DEFAULT_SCOPES: readonly Scope[] = ['profile:read', 'artists:read', 'artists:write'];

/**
 * The authenticated caller of a request.
 *
 * - `session`: an access token of a login, also together with an API key of the same user.
 * - `api-key`: a key alone, which acts as its owner within its scopes.
 * - `key-bound`: an access token that is bound to an API key, together with that key and confined to its scopes.
 */
export interface Principal {
  readonly kind: 'session' | 'api-key' | 'key-bound';
  readonly userId: string;
  readonly role: Role;
  /** The session of the access token; absent for a key alone. */
  readonly sessionId?: string;
  /** The id (`key_…`) of the API key of the request; absent without one. */
  readonly keyId?: string;
  /** The SHA-256 of the secret that was presented of that key; absent without one. */
  readonly keySecretHash?: Buffer;
  /** What an `api-key` or `key-bound` principal is confined to; absent for a session, which has all rights of its user. */
  readonly scopes?: readonly Scope[];
  /** Set for a limited session: only the routes that are open to those may be called. */
  readonly limit?: SessionLimit;
}

/** What keeps a session from its full rights until the user has done something about it. */
export const SESSION_LIMITS = ['email_not_verified', 'second_factor_setup_required'] as const;
export type SessionLimit = (typeof SESSION_LIMITS)[number];

export function hasRole(holder: { readonly role: Role }, needed: Role): boolean {
  return ROLES.indexOf(holder.role) >= ROLES.indexOf(needed);
}

/** A session has every scope; an API key, and a token that is bound to one, has the key's. */
export function hasScope(principal: Principal, scope: Scope): boolean {
  return principal.scopes === undefined || principal.scopes.includes(scope);
}
