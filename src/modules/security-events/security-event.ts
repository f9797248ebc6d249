/** The events of the audit log, by name. */
export const SECURITY_EVENTS = [
  'account.created',
  'login.succeeded',
  'login.failed',
  'login.throttled',
  'sign_up.throttled',
  'refresh.throttled',
  'session.throttled',
  'refresh.reused',
  'account_recovery.throttled',
  'password.changed',
  'password.reset',
  'reset_code.created',
  'email.verified',
  'email.changed',
  'email.undone',
  'second_factor.enabled',
  'second_factor.removed',
  'second_factor.failed',
  'recovery_code.used',
  'passkey.added',
  'passkey.removed',
  'passkey.clone_suspected',
  'session.ended',
  'user.invited',
  'user.role_changed',
  'user.status_changed',
  'user.deleted',
  'users.imported',
  'account.exported',
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'api_key.leaked',
  'api_key.throttled',
  'api_key.refused',
  'access.denied',
  'signing_keys.replaced',
] as const;

export type SecurityEventName = (typeof SECURITY_EVENTS)[number];

/** The user it concerns and the actor. Ids and fixed words only: never a secret, a token or user input. */
export interface SecurityEventDetails {
  readonly actorId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly keyId?: string;
  readonly [detail: string]: string | number | undefined;
}
