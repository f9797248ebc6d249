import type { Role } from '../../common/principal.js';

/** A session that is live, and whose user is active, at this moment. */
export interface LiveSession {
  readonly id: string;
  readonly userId: string;
  readonly role: Role;
  readonly expiresAt: Date;
  /** When the user's address was verified; null: never. */
  readonly emailVerifiedAt: Date | null;
  /** Whether a second factor was proved in it. */
  readonly secondFactor: boolean;
}

/** What a refresh token was redeemed for. */
export interface Redeemed {
  readonly session: LiveSession;
  /** The refresh token to use next time; absent where the redeemed one stays valid. */
  readonly refreshToken?: string;
}

/** The columns of a session that {@link toLiveSession} reads. */
export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly role: Role;
  readonly expires_at: Date;
  readonly email_verified_at: Date | null;
  readonly second_factor: boolean;
}

export function toLiveSession(row: SessionRow): LiveSession {
  const { id, user_id, role, expires_at, email_verified_at, second_factor } = row;
  return {
    id,
    userId: user_id,
    role,
    expiresAt: expires_at,
    emailVerifiedAt: email_verified_at,
    secondFactor: second_factor,
  };
}
