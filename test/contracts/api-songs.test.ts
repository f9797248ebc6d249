import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  API_FIELDS,
  expectFaultsIn,
  expectFields,
  expectNoContent,
  expectRefusal,
  expectSuccess,
  INSTANT,
  UNKNOWN_ID,
  UUID,
} from '../support/api-answers.js';
import { apiKey, type HttpAnswer, type Json } from '../support/http-client.js';
import { makeKey, type Person, signUp, superAdmin } from '../support/people.js';

let app: TestApp;
let owner: Person;
let artistPath: string;
beforeAll(async () => {
  app = await startApp();
  owner = await signUp(app);
  artistPath = await newArtist(owner);
});
afterAll(() => app.close());

type Headers = Record<string, string>;
const get = (path: string, headers: Headers = owner.headers): Promise<HttpAnswer> => app.http.get(path, { headers });
const post = (path: string, json: unknown, headers: Headers = owner.headers): Promise<HttpAnswer> =>
  app.http.post(path, { json, headers });
const patch = (path: string, json: unknown, headers: Headers = owner.headers): Promise<HttpAnswer> =>
  app.http.patch(path, { json, headers });
const remove = (path: string, headers: Headers = owner.headers): Promise<HttpAnswer> =>
  app.http.delete(path, { headers });

async function newArtist(person: Person): Promise<string> {
  const answer = await app.http.post('/api/artists', { headers: person.headers, json: { name: 'Band' } });
  return `/api/artists/${answer.body.data.id}`;
}
async function makeSong(json: object = { title: 'City Lights' }): Promise<Json> {
  const answer = await post(`${artistPath}/songs`, json);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data;
}
let isrcs = 0;
const freshIsrc = (): string => `USRC1${String(++isrcs).padStart(7, '0')}`;

describe('POST /api/artists/{id}/songs', () => {
  it('201 returns the song, with null for omitted fields', async () => {
    const answer = await post(`${artistPath}/songs`, { title: ' City Lights ' });
    expectSuccess(answer, 201);
    expectFields(answer.body.data, API_FIELDS.song);
    expect(answer.body.data).toEqual({
      id: expect.stringMatching(UUID),
      artistId: artistPath.split('/').at(-1),
      title: 'City Lights',
      displayArtist: null,
      isrc: null,
      identifiers: [],
      releaseDate: null,
      durationMs: null,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: expect.stringMatching(INSTANT),
    });
  });

  it('201 stores every field, the ISRC without its hyphens', async () => {
    const song = { title: 'x'.repeat(200), releaseDate: '2024-02-29', durationMs: 86_400_000 };
    const answer = await post(`${artistPath}/songs`, { ...song, isrc: 'DE-A1B-23-45678' });
    expectSuccess(answer, 201);
    expect(answer.body.data).toMatchObject({ ...song, isrc: 'DEA1B2345678' });
    expect((await get(`/api/songs/${answer.body.data.id}`)).body.data).toEqual(answer.body.data);
  });

  it('201 trims every string', async () => {
    const isrc = freshIsrc();
    const spaced = ` ${isrc.slice(0, 2)}-${isrc.slice(2)}\u00a0 `;
    const answer = await post(`${artistPath}/songs`, { title: ' Trimmed ', isrc: spaced, releaseDate: ' 2024-02-29 ' });
    expectSuccess(answer, 201);
    expect(answer.body.data).toMatchObject({ title: 'Trimmed', isrc, releaseDate: '2024-02-29' });
  });

  it('201 accepts null for optional fields', async () => {
    const song = { title: 'Nulls', isrc: null, releaseDate: null, durationMs: null };
    expect(await makeSong(song)).toMatchObject(song);
  });

  it.each([
    ['USRC1234567'],
    ['USRC123456789'],
    ['U1RC12345678'],
    ['USRC1234567X'],
    ['USRC１２３４５６７８'],
    ['US.RC1.23.45678'],
    [''],
    ['-'.repeat(19)],
    ['USRC12345678\n'],
    [123],
  ])('400 for the ISRC %j', async (isrc) => {
    expectFaultsIn(await post(`${artistPath}/songs`, { title: 'x', isrc }), 'isrc');
  });

  it.each([
    ['2023-02-29'],
    ['2024-13-01'],
    ['2024-1-1'],
    ['2024-01-01T00:00:00Z'],
    ['0000-01-01'],
    ['now'],
    [2024],
    [''],
  ])('400 for the release date %j', async (releaseDate) => {
    expectFaultsIn(await post(`${artistPath}/songs`, { title: 'x', releaseDate }), 'releaseDate');
  });

  it.each([[0], [-1], [1.5], [86_400_001], [2 ** 53], ['215000'], [true]])(
    '400 for the duration %j',
    async (durationMs) => {
      expectFaultsIn(await post(`${artistPath}/songs`, { title: 'x', durationMs }), 'durationMs');
    },
  );

  it('201 for the first and the last date, and the shortest duration', async () => {
    for (const releaseDate of ['0001-01-01', '9999-12-31', '2000-02-29']) {
      expect(await makeSong({ title: 'x', releaseDate, durationMs: 1 })).toMatchObject({ releaseDate, durationMs: 1 });
    }
  });

  it('400 for invisible titles and for fields that cannot be set', async () => {
    for (const title of ['', ' ', '\u200b', 'x'.repeat(501), 'a\u0000', 'a\ud83d', 7, null, undefined]) {
      expectFaultsIn(await post(`${artistPath}/songs`, { title }), 'title');
    }
    const more = { title: 'x', artistId: UNKNOWN_ID, userId: UNKNOWN_ID, id: UNKNOWN_ID };
    expectFaultsIn(await post(`${artistPath}/songs`, more), 'artistId', 'userId', 'id');
  });

  it('409 isrc_taken within one owner in any notation; another owner may use the ISRC', async () => {
    const isrc = freshIsrc();
    await makeSong({ title: 'one', isrc });
    const elsewhere = await newArtist(owner);
    const hyphenated = `${isrc.slice(0, 2)}-${isrc.slice(2, 5)}-${isrc.slice(5, 7)}-${isrc.slice(7)}`;
    expectRefusal(await post(`${elsewhere}/songs`, { title: 'two', isrc: hyphenated }), 409, 'isrc_taken');
    const other = await signUp(app);
    expectSuccess(await post(`${await newArtist(other)}/songs`, { title: 'theirs', isrc }, other.headers), 201);
  });

  it('a song that an admin adds belongs to the artist’s owner', async () => {
    const root = await superAdmin(app);
    const isrc = freshIsrc();
    expectSuccess(await post(`${artistPath}/songs`, { title: 'By root', isrc }, root.headers), 201);
    expectRefusal(await post(`${artistPath}/songs`, { title: 'Again', isrc }), 409, 'isrc_taken');
  });

  it('404 for a missing artist, 401 without credentials, 403 for a key without artists:write', async () => {
    for (const id of [UNKNOWN_ID, 'not-a-uuid', '%00']) {
      expectRefusal(await post(`/api/artists/${id}/songs`, { title: 'x' }), 404, 'artist_not_found');
    }
    expectRefusal(await post(`${artistPath}/songs`, { title: 'x' }, {}), 401, 'authentication_required');
    const key = await makeKey(app, owner, { scopes: ['artists:read'] });
    const answer = await post(`${artistPath}/songs`, { title: 'x' }, apiKey(key.apiKey));
    expectRefusal(answer, 403, 'insufficient_scope');
  });
});

describe('GET /api/artists/{id}/songs', () => {
  it('200 lists the songs of the artist, newest first, by page and by cursor to the end', async () => {
    const path = await newArtist(owner);
    const made: string[] = [];
    for (const title of ['a', 'b', 'c']) made.unshift((await post(`${path}/songs`, { title })).body.data.id);
    const whole = await get(`${path}/songs`);
    expectSuccess(whole, 200, { list: true });
    expectFields(whole.body.meta, API_FIELDS.meta);
    for (const song of whole.body.data) expectFields(song, API_FIELDS.song);
    expect(whole.body.data.map((song) => song.id)).toEqual(made);
    expect(whole.body.meta).toEqual({ page: 0, size: 10, totalCount: 3, totalPages: 1, nextCursor: null });
    const first = await get(`${path}/songs?page=0&size=2`);
    expect(first.body.meta).toMatchObject({ totalCount: 3, totalPages: 2 });
    const rest = await get(`${path}/songs?size=2&cursor=${first.body.meta.nextCursor}`);
    expect([...first.body.data, ...rest.body.data].map((song) => song.id)).toEqual(made);
    expect(rest.body.meta).toEqual({ page: null, size: 2, totalCount: null, totalPages: null, nextCursor: null });
  });

  it('200 is an empty list for an artist without songs', async () => {
    const { body } = await get(`${await newArtist(owner)}/songs`);
    expect(body.data).toEqual([]);
    expect(body.meta).toEqual({ page: 0, size: 10, totalCount: 0, totalPages: 0, nextCursor: null });
  });

  it('400 for both page and cursor and for unknown names, 404 for a missing artist, 401, 403', async () => {
    const cursor = 'LjAuMDE5MzU0OGQtMWEyYi03YzNkLThlNGYtNWE2YjdjOGQ5ZTBmLjE3MzIzNDU2Nzg5MDA';
    expectFaultsIn(await get(`${artistPath}/songs?page=0&cursor=${cursor}`), 'cursor');
    expectFaultsIn(await get(`${artistPath}/songs?title=x`), 'title');
    expectRefusal(await get(`/api/artists/${UNKNOWN_ID}/songs`), 404, 'artist_not_found');
    expectRefusal(await get(`${artistPath}/songs`, {}), 401, 'authentication_required');
    const key = await makeKey(app, owner, { scopes: ['profile:read'] });
    expectRefusal(await get(`${artistPath}/songs`, apiKey(key.apiKey)), 403, 'insufficient_scope');
  });
});

describe('GET, PATCH and DELETE /api/songs/{id}', () => {
  it('200 updates the fields sent and clears those sent as null, 204 deletes, then 404', async () => {
    const song = await makeSong({ title: 'Draft', isrc: freshIsrc(), releaseDate: '2024-01-31', durationMs: 1000 });
    const path = `/api/songs/${song.id}`;
    const renamed = await patch(path, { title: 'Final' });
    expectSuccess(renamed, 200);
    expectFields(renamed.body.data, API_FIELDS.song);
    expect(renamed.body.data).toEqual({ ...(song as object), title: 'Final', updatedAt: renamed.body.data.updatedAt });
    const cleared = await patch(path, { isrc: null, releaseDate: null, durationMs: null });
    expect(cleared.body.data).toMatchObject({ title: 'Final', isrc: null, releaseDate: null, durationMs: null });
    expect((await get(path)).body.data).toEqual(cleared.body.data);
    expect((await patch(path, {})).body.data).toEqual(cleared.body.data);
    expectNoContent(await remove(path));
    for (const answer of [await get(path), await patch(path, { title: 'x' }), await remove(path)]) {
      expectRefusal(answer, 404, 'song_not_found');
    }
  });

  it('a song of another user is the same 404 as a missing one, byte for byte', async () => {
    const song = await makeSong();
    const stranger = await signUp(app);
    for (const call of [
      (id: string) => get(`/api/songs/${id}`, stranger.headers),
      (id: string) => patch(`/api/songs/${id}`, { title: 'Stolen' }, stranger.headers),
      (id: string) => remove(`/api/songs/${id}`, stranger.headers),
    ]) {
      const missing = await call(UNKNOWN_ID);
      expectRefusal(missing, 404, 'song_not_found');
      for (const id of [song.id, 'not-a-uuid', '%00', `{${song.id}}`, '__proto__']) {
        expect((await call(id)).text).toBe(missing.text);
      }
    }
    expect((await get(`/api/songs/${song.id}`)).body.data).toEqual(song);
  });

  it('admins read, update and delete any song', async () => {
    const song = await makeSong();
    const root = await superAdmin(app);
    const path = `/api/songs/${song.id}`;
    expectSuccess(await get(path, root.headers), 200);
    expect((await patch(path, { title: 'Corrected' }, root.headers)).body.data.title).toBe('Corrected');
    expectNoContent(await remove(path, root.headers));
  });

  it('409 isrc_taken; 200 for its own ISRC', async () => {
    const [taken, own] = [freshIsrc(), freshIsrc()];
    await makeSong({ title: 'first', isrc: taken });
    const song = await makeSong({ title: 'second', isrc: own });
    expectRefusal(await patch(`/api/songs/${song.id}`, { isrc: taken }), 409, 'isrc_taken');
    expectSuccess(await patch(`/api/songs/${song.id}`, { isrc: own }), 200);
  });

  it('400 for fields that cannot be set, and nothing changes', async () => {
    const song = await makeSong();
    const path = `/api/songs/${song.id}`;
    for (const [json, field] of [
      [{ title: null }, 'title'],
      [{ title: '' }, 'title'],
      [{ isrc: 'x' }, 'isrc'],
      [{ releaseDate: '2024-02-30' }, 'releaseDate'],
      [{ durationMs: 1e308 }, 'durationMs'],
      [{ title: 'x', artistId: 'unknown' }, 'artistId'],
    ] as const) {
      expectFaultsIn(await patch(path, json), field);
    }
    expect((await get(path)).body.data).toEqual(song);
  });

  it('401 without credentials, 403 for a key without the scope', async () => {
    const path = `/api/songs/${(await makeSong()).id}`;
    const reader = apiKey((await makeKey(app, owner, { scopes: ['artists:read'] })).apiKey);
    const writer = apiKey((await makeKey(app, owner, { scopes: ['artists:write'] })).apiKey);
    for (const answer of [await get(path, {}), await patch(path, {}, {}), await remove(path, {})]) {
      expectRefusal(answer, 401, 'authentication_required');
    }
    expectRefusal(await get(path, writer), 403, 'insufficient_scope');
    expectRefusal(await patch(path, { title: 'x' }, reader), 403, 'insufficient_scope');
    expectRefusal(await remove(path, reader), 403, 'insufficient_scope');
    expectSuccess(await get(path, reader), 200);
    expectNoContent(await remove(path, writer));
  });
});
