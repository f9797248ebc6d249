import { apiKey, bearer } from '../support/http-client.js';

/** A credential whose revocation was acknowledged. */
export interface Revoked {
  readonly what: 'session' | 'key';
  readonly headers: Record<string, string>;
  /** The instance that acknowledged it, and when (milliseconds, monotonic). */
  readonly by: number;
  readonly at: number;
}

/** A session that nobody has revoked; its refresh token is the last that was acknowledged. */
export interface KeptSession {
  refreshToken: string;
}

/** Everything that was acknowledged to clients. */
export class Ledger {
  readonly artists: string[] = [];
  readonly sessions: KeptSession[] = [];
  readonly keys: string[] = [];
  readonly revoked: Revoked[] = [];
  /** Refreshes that a later one has superseded. */
  private renewals = 0;

  get size(): number {
    const { artists, sessions, keys, revoked } = this;
    return artists.length + sessions.length + keys.length + revoked.length + this.renewals;
  }

  renewed(): void {
    this.renewals++;
  }

  sessionRevoked(token: string, by: number): void {
    this.revoked.push({ what: 'session', headers: bearer(token), by, at: performance.now() });
  }

  keyRevoked(key: string, by: number): void {
    this.revoked.push({ what: 'key', headers: apiKey(key), by, at: performance.now() });
  }
}
