/** What a security officer would ask about afterwards, by name. */
export const SECURITY_EVENTS = [
  'account.created',
  'login.succeeded',
  'login.failed',
  'login.throttled',
  'sign_up.throttled',
  'refresh.throttled',
  'refresh.reused',
  'password.changed',
  'session.ended',
  'user.role_changed',
  'user.status_changed',
  'user.deleted',
  'api_key.created',
  'api_key.rotated',
  'api_key.revoked',
  'api_key.leaked',
  'api_key.throttled',
  'access.denied',
] as const;

export type SecurityEventName = (typeof SECURITY_EVENTS)[number];

/** Whom it concerns and who did it. Ids and plain words only: never a secret, a token, or what somebody typed. */
export interface SecurityEventDetails {
  readonly actorId?: string;
  readonly userId?: string;
  readonly sessionId?: string;
  readonly keyId?: string;
  readonly [detail: string]: string | number | undefined;
}
