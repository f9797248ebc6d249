import { createClient, indexedDbStore, type Schemas } from 'stagedoor-client';

export type Artist = Schemas['ArtistView'];
export type ApiKey = Schemas['KeyView'];
export type Scope = Schemas['Scope'];
export type Passkey = Schemas['PasskeyView'];
export type Security = Schemas['SecurityView'];
export type Song = Schemas['SongView'];
export type User = Schemas['UserView'];

/** Calls Stagedoor and keeps the session, for all tabs. */
export const api = createClient({ baseUrl: location.origin, store: indexedDbStore('roster') });
