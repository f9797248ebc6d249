import { UNKNOWN_ID } from './api-answers.js';
import type { Fixture, Send } from './example-calls.js';
import { apiKey, bearer } from './http-client.js';
import type { MailApp } from './mailbox.js';
import { freshEmail, makeKey, PASSWORD, signUp } from './people.js';

/*
 * A fixture for each operation of the other contracts, and of the routes beside them.
 */

const refreshFixture: Fixture = async (app, send) => {
  const { refreshToken } = await signUp(app);
  await send({ json: { refreshToken } });
  await send({ json: { refreshToken: 'unknown' } });
  await send({ json: {} });
};

const logOutFixture: Fixture = async (app, send) => {
  const { headers } = await signUp(app);
  await send({ headers });
  await send({ headers });
  await send();
};

export const API_V1_FIXTURES: Readonly<Record<string, Fixture>> = {
  apiV1LogIn: async (app, send) => {
    const { username } = await signUp(app);
    await send({ json: { username, password: PASSWORD } });
    await send({ json: { username, password: 'not-the-password' } });
    await send({ json: { username } });
  },
  apiV1Refresh: refreshFixture,
  apiV1LogOut: logOutFixture,
  apiV1CreateKey: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers, json: { name: 'My Integration Key' } });
    await send({ headers, json: { name: '' } });
  },
  apiV1ListKeys: async (app, send) => {
    const person = await signUp(app);
    await makeKey(app, person, { name: 'My Integration Key' });
    await send({ headers: person.headers });
  },
  apiV1DeleteKey: async (app, send) => {
    const person = await signUp(app);
    const { keyId } = await makeKey(app, person);
    await send({ headers: person.headers, path: [keyId] });
    await send({ headers: person.headers, path: [keyId] });
  },
};

export const V1_FIXTURES: Readonly<Record<string, Fixture>> = {
  v1Register: async (_, send) => {
    const json = { email: freshEmail(), password: PASSWORD, firstName: 'John', lastName: 'Doe' };
    await send({ json });
    await send({ json });
    await send({ json: { ...json, password: 'short' } });
  },
  v1LogIn: async (app, send) => {
    const { email } = await signUp(app);
    await send({ json: { email, password: PASSWORD } });
    await send({ json: { email, password: 'not-the-password' } });
    await send({ json: { email } });
  },
  v1Refresh: refreshFixture,
  v1LogOut: logOutFixture,
  v1ShowProfile: async (app, send) => {
    const person = await signUp(app);
    await send({ headers: person.headers });
    await send({ headers: apiKey((await makeKey(app, person, { scopes: ['artists:read'] })).apiKey) });
  },
};

/** Sends a call with the key and the token that the feed requires, after the user has an artist with a song. */
async function withFeed(app: MailApp, use: (made: Made) => Promise<unknown>): Promise<void> {
  const person = await signUp(app);
  const key = apiKey((await makeKey(app, person)).apiKey);
  const json = { name: 'The Midnight Collective' };
  const artist = await app.http.post('/api/artists', { headers: person.headers, json });
  const artistId = artist.body.data.id;
  const song = await app.http.post(`/api/artists/${artistId}/songs`, {
    headers: person.headers,
    json: { title: 'City Lights', isrc: 'USRC12345678', releaseDate: '2024-02-29', durationMs: 215_500 },
  });
  const login = await app.http.post('/auth', { headers: key, form: { username: person.email, password: PASSWORD } });
  await use({ headers: { ...bearer(login.body['access_token']), ...key }, artistId, songId: song.body.data.id });
}

interface Made {
  readonly headers: Record<string, string>;
  readonly artistId: string;
  readonly songId: string;
}

const shown = (send: Send, headers: Record<string, string>, id: string): Promise<unknown> =>
  send({ headers, path: [id] }).then(() => send({ headers, path: [UNKNOWN_ID] }));

export const FEED_FIXTURES: Readonly<Record<string, Fixture>> = {
  feedAuthenticate: async (app, send) => {
    const person = await signUp(app);
    const headers = apiKey((await makeKey(app, person)).apiKey);
    await send({ headers, form: { username: person.email, password: PASSWORD } });
    await send({ headers, form: { username: person.email, password: 'not-the-password' } });
    await send({ headers, form: { username: person.email } });
    await send({ form: { username: person.email, password: PASSWORD } });
  },
  feedListArtists: (app, send) => withFeed(app, ({ headers }) => send({ headers })),
  feedShowArtist: (app, send) => withFeed(app, ({ headers, artistId }) => shown(send, headers, artistId)),
  feedShowSong: (app, send) => withFeed(app, ({ headers, songId }) => shown(send, headers, songId)),
};

export const OPERATIONS_FIXTURES: Readonly<Record<string, Fixture>> = {
  showHealth: (_, send) => send(),
  showReadiness: (_, send) => send(),
  showLiveness: (_, send) => send(),
  listSigningKeys: (_, send) => send(),
};
