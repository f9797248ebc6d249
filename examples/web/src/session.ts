import createClient from 'openapi-fetch';
import type { paths } from './api.js';
import { Problem } from './problem.js';
import { readSession, type Session, writeSession } from './session-store.js';

/*
 * Who is logged in, the same in every tab of this browser: the session is stored once, a tab that changes it tells the
 * others, and a lock lets one tab at a time change it.
 */

const LOCK = 'roster.session';
const channel = new BroadcastChannel('roster.session');

/** For the calls that need no token, or are about the tokens themselves. */
const open = createClient<paths>({ baseUrl: location.origin });

// What this tab knows. It may be behind for a moment: then its token is refused, and refresh() finds the newer one.
let known = await readSession();
let onChange: (() => void) | undefined;

channel.onmessage = () => void readSession().then(learn);

export function currentToken(): string | undefined {
  return known?.token;
}

/** Calls `listener` whenever somebody has logged in or out, here or in another tab. */
export function onLoginOrLogout(listener: () => void): void {
  onChange = listener;
}

export interface NewAccount {
  email: string;
  name: string;
  password: string;
}

/** @throws Problem what the server has against it */
export async function signUp(account: NewAccount): Promise<void> {
  const { data, error, response } = await open.POST('/api/auth/signup', { body: account });
  if (error) throw new Problem(error, response);
  await write(data.data);
}

/** @throws Problem what the server has against it */
export async function logIn(email: string, password: string): Promise<void> {
  const { data, error, response } = await open.POST('/api/auth/login', { body: { email, password } });
  if (error) throw new Problem(error, response);
  await write(data.data);
}

/**
 * A newer token than `stale`, or undefined when the session is over. The lock lets one tab at a time ask for it:
 * the others wait, and find it there.
 * @throws Problem when the server can't say now; the session stays
 */
export function refresh(stale: string): Promise<string | undefined> {
  return navigator.locks.request(LOCK, async () => {
    const session = await readSession();
    if (session?.token !== stale) {
      learn(session);
      return session?.token;
    }
    const { refreshToken } = session;
    const { data, error, response } = await open.POST('/api/auth/refresh', { body: { refreshToken } });
    if (data) {
      // With REFRESH_TOKEN_ROTATION a new refresh token comes as well.
      await write({ refreshToken, ...data.data });
      return data.data.token;
    }
    if (response.status !== 401) throw new Problem(error, response);
    await write(undefined);
    return undefined;
  });
}

/** Ends the session in every tab. The lock keeps a refresh that is under way from writing it back. */
export function logOut(): Promise<void> {
  return navigator.locks.request(LOCK, async () => {
    const session = await readSession();
    await write(undefined);
    if (!session) return;
    const { refreshToken } = session;
    await open.POST('/api/auth/logout', { body: { refreshToken }, keepalive: true });
  });
}

async function write(session: Session | undefined): Promise<void> {
  const { token, refreshToken } = session ?? {};
  const kept = token !== undefined && refreshToken !== undefined ? { token, refreshToken } : undefined;
  await writeSession(kept);
  channel.postMessage('changed');
  learn(kept);
}

function learn(session: Session | undefined): void {
  const changed = (session === undefined) !== (known === undefined);
  known = session;
  if (changed) onChange?.();
}
