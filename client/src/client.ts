import { ApiError } from './api-error.js';
import { defaultLock, type Lock } from './lock.js';
import { type Operation, OPERATIONS } from './operations.js';
import { type Answer, type Fetch, requestOf, send } from './request.js';
import type { Calls, CallsWithResponse, Lists, Schemas } from './schema.js';
import { defaultStore, type SessionStore } from './session-store.js';
import { type SessionListener, Sessions } from './sessions.js';

export interface ClientOptions {
  /** Where Stagedoor is, such as `https://stagedoor.example`. */
  readonly baseUrl: string;
  /** Default: IndexedDB, or memory where there is none. */
  readonly store?: SessionStore;
  /** Default: a Web Lock, or one function at a time in this client where there are none. */
  readonly lock?: Lock;
  readonly fetch?: Fetch;
  /** For servers: sent instead of a session. */
  readonly apiKey?: string;
}

export interface Client extends Calls, Lists {
  readonly withResponse: CallsWithResponse;
  /** The profile of the user who is logged in. */
  readonly me: Calls['showMe'];
  /** Deletes the session in all tabs, then revokes it. Rejects if the server could not be told. */
  logOut(): Promise<void>;
  /** Gets a new access token now, for example after the address was verified. False if the session has ended. */
  renew(): Promise<boolean>;
  /** The id of the user who is logged in on this device. Sends no request. */
  userId(): Promise<string | undefined>;
  /** Calls the listener when someone logs in or out, here or in another tab. Returns a function that stops this. */
  onSessionChange(listener: SessionListener): () => void;
}

const LOGINS = ['signUp', 'register', 'logIn', 'logInByPasskey'];
/** A refresh or logout gives up after this time, since others wait for the lock. */
const LOCKED_MS_MAX = 30_000;

type Call = (...args: unknown[]) => Promise<Answer>;

export function createClient(options: ClientOptions): Client {
  const base = options.baseUrl.replace(/\/$/, '');
  const { store = defaultStore(`stagedoor ${base}`), lock = defaultLock(`stagedoor ${base}`), apiKey } = options;
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const sessions = new Sessions(store, lock, async (refreshToken) => {
    const { data } = await sendLocked(OPERATIONS.refresh, { refreshToken });
    return data as Schemas['RefreshView'];
  });

  async function sendLocked(operation: Operation, body: object): Promise<Answer> {
    const [path, init] = requestOf(operation, [body]);
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), LOCKED_MS_MAX);
    const bounded: Fetch = (url) => fetch(url, { ...init, keepalive: true, signal: timeout.signal });
    return send(bounded, base + path, {}).finally(() => clearTimeout(timer));
  }

  async function call(operation: Operation, args: readonly unknown[]): Promise<Answer> {
    const [path, init] = requestOf(operation, args);
    const sendWith = (credentials: Record<string, string>): Promise<Answer> =>
      send(fetch, base + path, { ...init, headers: { ...(init.headers as Record<string, string>), ...credentials } });
    if (operation.open) return sendWith({});
    if (apiKey !== undefined) return sendWith({ 'x-api-key': apiKey });
    const session = await sessions.fresh();
    if (!session) return sendWith({});
    try {
      return await sendWith({ authorization: `Bearer ${session.token}` });
    } catch (error) {
      // Any other 401, such as for a wrong password, is not about the token. Repeated, it would be a second guess.
      if (!(error instanceof ApiError && error.code === 'invalid_token')) throw error;
      const renewed = await sessions.renew(session.token);
      // If another user has logged in meanwhile, the call is not theirs.
      if (renewed?.userId !== session.userId) throw error;
      return sendWith({ authorization: `Bearer ${renewed.token}` });
    }
  }

  const withResponse: Record<string, Call> = {};
  const calls: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries<Operation>(OPERATIONS)) {
    const one = (withResponse[name] = async (...args) => {
      const answer = await call(operation, args);
      if (LOGINS.includes(name)) await sessions.start(answer.data as Schemas['LoginView']);
      if (name === 'deleteMe') await sessions.end();
      return answer;
    });
    calls[name] = async (...args: unknown[]) => (await one(...args)).data;
    if (operation.list) calls[operation.list] = itemsOf(one, operation);
  }
  const typed = calls as unknown as Calls & Lists;
  return {
    ...typed,
    me: (...args) => typed.showMe(...args),
    withResponse: withResponse as unknown as CallsWithResponse,
    logOut: () => sessions.end(({ refreshToken }) => sendLocked(OPERATIONS.logOut, { refreshToken })),
    renew: async () => {
      const session = await sessions.current();
      return session !== undefined && (await sessions.renew(session.token)) !== undefined;
    },
    userId: async () => (await sessions.current())?.userId,
    onSessionChange: (listener) => sessions.onChange(listener),
  };
}

/** Reads the pages of a list while a loop asks for more. */
function itemsOf(list: Call, { path }: Operation) {
  return async function* (...args: unknown[]): AsyncGenerator {
    const ids = args.slice(0, path.includes('{') ? 1 : 0);
    let cursor: string | null | undefined;
    do {
      const query = { size: 100, ...(args[ids.length] as object | undefined), ...(cursor && { cursor }) };
      const { data, meta } = (await list(...ids, query)).data as { data: unknown[]; meta: Schemas['PageMeta'] };
      yield* data;
      cursor = meta.nextCursor;
    } while (cursor);
  };
}
