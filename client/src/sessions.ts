import { ApiError } from './api-error.js';
import type { Lock } from './lock.js';
import type { Schemas } from './schema.js';
import type { Session, SessionStore } from './session-store.js';

export type SessionListener = (userId: string | undefined) => void;

/** The session of this client, which may share its store with other tabs. Every change holds the lock. */
export class Sessions {
  private known: Session | undefined;
  private readonly listeners = new Set<SessionListener>();
  private firstRead: Promise<unknown> | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly lock: Lock,
    private readonly refresh: (refreshToken: string) => Promise<Schemas['RefreshView']>,
  ) {
    // If the read fails, the next request finds out.
    store.watch?.(() => void this.read().catch(() => undefined));
  }

  /** The session as this client last read it. If another tab has renewed it since, the server refuses its token. */
  async current(): Promise<Session | undefined> {
    await (this.firstRead ??= this.store.read().then((session) => (this.known ??= session)));
    return this.known;
  }

  /** The session, renewed if its token is about to expire. If that fails the token may still do. */
  async fresh(): Promise<Session | undefined> {
    const session = await this.current();
    if (!session || Date.now() < session.renewAt) return session;
    return this.renew(session.token).catch(() => session);
  }

  /** Stores a login. */
  start({ user, token, refreshToken, expiresIn }: Schemas['LoginView']): Promise<void> {
    return this.lock(() => this.write({ userId: user.id, token, refreshToken, renewAt: renewalOf(expiresIn) }));
  }

  /**
   * A session with another token than `stale`, or undefined if it has ended. One tab renews it; the others wait and find
   * the new token in the store.
   * @throws {ApiError} if the server does not respond or is overloaded; the session is kept
   */
  renew(stale: string): Promise<Session | undefined> {
    return this.lock(async () => {
      const session = await this.read();
      if (session?.token !== stale) return session;
      try {
        const { expiresIn, ...tokens } = await this.redeem(session.refreshToken);
        await this.write({ ...session, ...tokens, renewAt: renewalOf(expiresIn) });
      } catch (error) {
        // A 401 without a code is of a proxy.
        if (!(error instanceof ApiError && error.status === 401) || error.code === 'unexpected_response') throw error;
        await this.write(undefined);
      }
      return this.known;
    });
  }

  /** Deletes the session here, then calls `revoke` with it. Holding the lock, so that no refresh writes it back. */
  end(revoke?: (session: Session) => Promise<unknown>): Promise<void> {
    return this.lock(async () => {
      const session = await this.read();
      await this.write(undefined);
      if (session) await revoke?.(session);
    });
  }

  /** Calls the listener after each login and logout, here or in another tab. Returns a function that stops this. */
  onChange(listener: SessionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A refresh whose response was lost is repeated: the server accepts the token until its successor is used. */
  private redeem(refreshToken: string): Promise<Schemas['RefreshView']> {
    return this.refresh(refreshToken).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === 'network_error') return this.refresh(refreshToken);
      throw error;
    });
  }

  private async read(): Promise<Session | undefined> {
    return this.learn(await this.store.read());
  }

  private async write(session: Session | undefined): Promise<void> {
    await this.store.write(session);
    this.learn(session);
  }

  private learn(session: Session | undefined): Session | undefined {
    const changed = session?.userId !== this.known?.userId;
    this.known = session;
    if (changed) for (const listener of this.listeners) listener(session?.userId);
    return session;
  }
}

/** A minute before a token of `seconds` expires; later for a short one. */
function renewalOf(seconds: number): number {
  return Date.now() + seconds * 1000 - Math.min(60_000, seconds * 100);
}
