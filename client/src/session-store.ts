/** What a device stores of a login. */
export interface Session {
  readonly userId: string;
  readonly token: string;
  readonly refreshToken: string;
  /** When to renew the token although it is still valid, in milliseconds since 1970 by the clock of this device. */
  readonly renewAt: number;
}

/** Where the session is stored. Everything that shares a session shares its store. */
export interface SessionStore {
  /** The latest session, no matter who wrote it. */
  read(): Promise<Session | undefined>;
  /** Replaces the session; undefined deletes it. */
  write(session: Session | undefined): Promise<void>;
  /** Calls the listener after another tab has written. */
  watch?(listener: () => void): void;
}

/** IndexedDB, or memory where there is none. */
export function defaultStore(name: string): SessionStore {
  return 'indexedDB' in globalThis ? indexedDbStore(name) : memoryStore();
}

/** Ends with the process, or with the page. */
export function memoryStore(): SessionStore {
  let stored: Session | undefined;
  return { read: async () => stored, write: async (session) => void (stored = session) };
}

const STORE = 'session';
const KEY = 'current';

/**
 * All tabs of an origin share it. Not localStorage: a tab may still read an old session there after it has acquired a
 * lock.
 */
export function indexedDbStore(name: string): SessionStore {
  const channel = new BroadcastChannel(name);
  let database: Promise<IDBDatabase> | undefined;
  const open = async (): Promise<IDBDatabase> => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    const opened = await resultOf(request);
    // The browser may close it, such as when it clears the data of the site.
    opened.onclose = () => (database = undefined);
    return opened;
  };
  const run = async <T>(mode: IDBTransactionMode, act: (records: IDBObjectStore) => IDBRequest<T>): Promise<T> =>
    resultOf(act((await (database ??= open())).transaction(STORE, mode).objectStore(STORE)));
  return {
    read: () => run('readonly', (records) => records.get(KEY) as IDBRequest<Session | undefined>),
    write: async (session) => {
      if (session) await run('readwrite', (records) => records.put(session, KEY));
      else await run('readwrite', (records) => records.delete(KEY));
      channel.postMessage('changed');
    },
    watch: (listener) => (channel.onmessage = listener),
  };
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser denied access to its storage'));
  });
}
