import { UNKNOWN_ID } from './api-answers.js';
import type { Fixture } from './example-calls.js';
import { apiKey } from './http-client.js';
import type { MailApp } from './mailbox.js';
import { makeKey, type Person, signUp } from './people.js';

/*
 * A fixture for each operation of /api on artists and songs.
 */

const ARTIST = {
  name: 'The Midnight Collective',
  sortName: 'Midnight Collective, The',
  aliases: ['TMC'],
  identifiers: [{ type: 'isni', value: '0000000078387189' }],
};
const SONG = { title: 'City Lights', isrc: 'USRC12345678', releaseDate: '2024-02-29', durationMs: 215_500 };

async function withArtist(app: MailApp): Promise<Person & { readonly artistId: string }> {
  const person = await signUp(app);
  const { body } = await app.http.post('/api/artists', { headers: person.headers, json: ARTIST });
  return { ...person, artistId: body.data.id };
}

async function withSong(app: MailApp) {
  const person = await withArtist(app);
  const { headers, artistId } = person;
  const { body } = await app.http.post(`/api/artists/${artistId}/songs`, { headers, json: SONG });
  return { ...person, songId: body.data.id };
}

export const ROSTER_FIXTURES: Readonly<Record<string, Fixture>> = {
  createArtist: async (app, send) => {
    const { headers } = await signUp(app);
    await send({ headers, json: ARTIST });
    await send({ headers, json: ARTIST });
    await send({ headers, json: { ...ARTIST, name: '' } });
  },
  listArtists: async (app, send) => {
    const { headers } = await withArtist(app);
    await send({ headers, query: '?q=midnight' });
    await send();
  },
  showArtist: async (app, send) => {
    const { headers, artistId } = await withArtist(app);
    await send({ headers, path: [artistId] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
  updateArtist: async (app, send) => {
    const { headers, artistId } = await withArtist(app);
    await send({ headers, path: [artistId], json: { name: 'Midnight', disambiguation: 'synthwave duo from Lyon' } });
    await send({ headers, path: [artistId], json: { name: '' } });
    await send({ headers, path: [UNKNOWN_ID], json: { name: 'Midnight' } });
  },
  deleteArtist: async (app, send) => {
    const { headers, artistId } = await withArtist(app);
    await send({ headers: { ...headers, 'if-match': '"99"' }, path: [artistId] });
    await send({ headers, path: [artistId] });
    await send({ headers, path: [artistId] });
  },
  mergeArtist: async (app, send) => {
    const { headers, artistId } = await withArtist(app);
    const { body } = await app.http.post('/api/artists', { headers, json: { name: 'Midnight Duo' } });
    const json = { into: artistId };
    await send({ headers, path: [body.data.id], json });
    await send({ headers, path: [body.data.id], json });
    await send({ headers, path: [body.data.id], json: { into: 'Midnight' } });
  },
  createSong: async (app, send) => {
    const { headers, artistId } = await withArtist(app);
    await send({ headers, path: [artistId], json: SONG });
    await send({ headers, path: [artistId], json: SONG });
    await send({ headers, path: [artistId], json: { ...SONG, isrc: 'USRC1' } });
    await send({ headers, path: [UNKNOWN_ID], json: SONG });
  },
  listSongs: async (app, send) => {
    const { headers, artistId } = await withSong(app);
    await send({ headers, path: [artistId] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
  listAllSongs: async (app, send) => {
    const { headers } = await withSong(app);
    await send({ headers });
  },
  showSong: async (app, send) => {
    const { headers, songId } = await withSong(app);
    await send({ headers, path: [songId] });
    await send({ headers, path: [UNKNOWN_ID] });
  },
  updateSong: async (app, send) => {
    const { headers, songId } = await withSong(app);
    await send({ headers, path: [songId], json: { title: 'City Lights (Live)', releaseDate: '2024' } });
    await send({ headers, path: [songId], json: { releaseDate: 'soon' } });
    await send({ headers, path: [UNKNOWN_ID], json: { title: 'City Lights (Live)' } });
  },
  deleteSong: async (app, send) => {
    const { headers, songId } = await withSong(app);
    await send({ headers, path: [songId] });
    await send({ headers, path: [songId] });
  },
  importCatalogue: async (app, send) => {
    const person = await signUp(app);
    const ndjson = { name: ARTIST.name, identifiers: ARTIST.identifiers, songs: [SONG] };
    await send({ headers: person.headers, ndjson });
    await send({ headers: person.headers, ndjson, query: '?dryRun=true' });
    await send({ headers: apiKey((await makeKey(app, person, { scopes: ['artists:read'] })).apiKey), ndjson });
  },
  exportCatalogue: async (app, send) => {
    await send({ headers: (await withSong(app)).headers });
    await send();
  },
};
