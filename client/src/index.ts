export { ApiError } from './api-error.js';
export { type Client, type ClientOptions, createClient } from './client.js';
export type { Lock } from './lock.js';
export type * from './schema.js';
export { indexedDbStore, memoryStore, type Session, type SessionStore } from './session-store.js';
export type { SessionListener } from './sessions.js';
