import createClient from 'openapi-fetch';
import type { paths } from './api.js';
import { Problem } from './problem.js';

/*
 * Who is logged in, the same in every tab of this browser. The tokens lie in localStorage: every tab reads them there,
 * and hears through its `storage` event when another tab logs in or out.
 */

interface Session {
  readonly token: string;
  readonly refreshToken: string;
}

const STORED = 'roster.session';
const LOCK = 'roster.session';

/** For the calls that need no token, or are about the tokens themselves. */
const open = createClient<paths>({ baseUrl: location.origin });

export function currentToken(): string | undefined {
  return read()?.token;
}

/** Calls `listener` whenever somebody has logged in or out, here or in another tab. */
export function onLoginOrLogout(listener: () => void): void {
  let wasLoggedIn = read() !== undefined;
  const compare = (): void => {
    const isLoggedIn = read() !== undefined;
    if (isLoggedIn === wasLoggedIn) return;
    wasLoggedIn = isLoggedIn;
    listener();
  };
  window.addEventListener('storage', compare);
  window.addEventListener(STORED, compare);
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
  write(data.data);
}

/** @throws Problem what the server has against it */
export async function logIn(email: string, password: string): Promise<void> {
  const { data, error, response } = await open.POST('/api/auth/login', { body: { email, password } });
  if (error) throw new Problem(error, response);
  write(data.data);
}

/**
 * A newer token than `stale`, or undefined when the session is over. The lock lets one tab at a time ask for it:
 * the others wait, and find it there.
 * @throws Problem when the server can't say now; the session stays
 */
export function refresh(stale: string): Promise<string | undefined> {
  return navigator.locks.request(LOCK, async () => {
    const session = read();
    if (!session || session.token !== stale) return session?.token;
    const { refreshToken } = session;
    const { data, error, response } = await open.POST('/api/auth/refresh', { body: { refreshToken } });
    if (data) {
      // With REFRESH_TOKEN_ROTATION a new refresh token comes as well.
      write({ refreshToken, ...data.data });
      return data.data.token;
    }
    if (response.status !== 401) throw new Problem(error, response);
    write(undefined);
    return undefined;
  });
}

/** Ends the session in every tab. The lock keeps a refresh that is under way from writing it back. */
export function logOut(): Promise<void> {
  return navigator.locks.request(LOCK, async () => {
    const session = read();
    write(undefined);
    if (!session) return;
    const { refreshToken } = session;
    await open.POST('/api/auth/logout', { body: { refreshToken }, keepalive: true });
  });
}

function read(): Session | undefined {
  const text = localStorage.getItem(STORED);
  return text === null ? undefined : (JSON.parse(text) as Session);
}

function write(session: Session | undefined): void {
  if (session) {
    const { token, refreshToken } = session;
    localStorage.setItem(STORED, JSON.stringify({ token, refreshToken }));
  } else localStorage.removeItem(STORED);
  // `storage` is heard in the other tabs only.
  window.dispatchEvent(new Event(STORED));
}
