/** What a login leaves in the browser. */
export interface Session {
  readonly token: string;
  readonly refreshToken: string;
}

const STORE = 'session';
const KEY = 'current';

let database: Promise<IDBDatabase> | undefined;

/**
 * The session as it is now, whichever tab wrote it. IndexedDB rather than localStorage: what one tab has written there,
 * another tab may not see yet, even when a lock let it in afterwards.
 */
export async function readSession(): Promise<Session | undefined> {
  return done((await store('readonly')).get(KEY) as IDBRequest<Session | undefined>);
}

export async function writeSession(session: Session | undefined): Promise<void> {
  const current = await store('readwrite');
  if (session) await done(current.put(session, KEY));
  else await done(current.delete(KEY));
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  database ??= open();
  return (await database).transaction(STORE, mode).objectStore(STORE);
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open('roster', 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The browser refused its storage'));
  });
}
