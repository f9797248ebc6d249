/** The kinds of revocations that end sessions. A session that is bound to an API key has tokens of a lifetime of its own. */
export const SESSION_KINDS = ['session', 'key_bound_session'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** Revoked sessions, each for as long as a token of it can live. */
export class RevokedSessions {
  /** Of each kind, the sessions in the order in which they were read, and when (milliseconds, monotonic). */
  private readonly readAt: Readonly<Record<SessionKind, Map<string, number>>> = {
    session: new Map(),
    key_bound_session: new Map(),
  };

  constructor(readonly maxAgeSeconds: Readonly<Record<SessionKind, number>>) {}

  get size(): number {
    return SESSION_KINDS.reduce((sum, kind) => sum + this.readAt[kind].size, 0);
  }

  has(sessionId: string): boolean {
    return this.readAt.session.has(sessionId) || this.readAt.key_bound_session.has(sessionId);
  }

  add(kind: SessionKind, sessionId: string, now: number): void {
    const sessions = this.readAt[kind];
    if (!sessions.has(sessionId)) sessions.set(sessionId, now);
  }

  /** Drops the sessions whose tokens have all expired. */
  dropExpired(now: number): void {
    for (const kind of SESSION_KINDS) {
      const instant = now - this.maxAgeSeconds[kind] * 1000;
      for (const [sessionId, readAt] of this.readAt[kind]) {
        if (readAt > instant) break;
        this.readAt[kind].delete(sessionId);
      }
    }
  }
}
