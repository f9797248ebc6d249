import type { PasskeyProof } from '../passkeys/passkey-proofs.js';
import type { User } from '../users/user.entity.js';

/** How a user proved who they are. */
export type LoginProof =
  /** By creating the account. */
  | { readonly kind: 'sign-up' }
  /** `passwordHash` is the hash that the password was checked against. */
  | { readonly kind: 'password'; readonly passwordHash: string | null }
  /** By a login at an identity provider that is linked to the account. */
  | { readonly kind: 'identity' }
  /** With user verification, which makes it two factors in one. */
  | { readonly kind: 'passkey'; readonly passkey: PasskeyProof };

export interface NewSession {
  /** As it was when the proof was checked. */
  readonly user: Pick<User, 'id' | 'role' | 'emailVerifiedAt' | 'totpEnabledAt' | 'passkeyCount'>;
  readonly proof: LoginProof;
  /** A TOTP code or a recovery code. Ignored where none is needed. */
  readonly code?: string | undefined;
  /** The token that refreshes the session, from `generateRefreshToken`; absent: it ends with its access token. */
  readonly refreshToken?: string;
  /** The API key that the session is bound to: it ends when the key is deleted or expires. */
  readonly apiKey?: { readonly id: string; readonly keyId: string; readonly expiresAt: Date | null };
}
