import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  API_FIELDS,
  expectFaultsIn,
  expectFields,
  expectNoContent,
  expectRefusal,
  expectSuccess,
  UNKNOWN_ID,
} from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';
import { apiKey, type HttpAnswer, type Json } from '../support/http-client.js';
import { admin, makeKey, type Person, signUp } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

let app: TestApp;
let boss: Person;
beforeAll(async () => {
  app = await startApp();
  boss = await admin(app);
});
afterAll(() => app.close());

const get = (path: string, { headers }: Pick<Person, 'headers'>): Promise<HttpAnswer> =>
  app.http.get(path, { headers });
const patch = (path: string, json: object, { headers }: Person): Promise<HttpAnswer> =>
  app.http.patch(path, { json, headers });
const merge = (id: string, into: string, { headers }: Pick<Person, 'headers'>): Promise<HttpAnswer> =>
  app.http.post(`/api/artists/${id}/merge`, { json: { into }, headers });

async function makeArtist(owner: Person, name = 'Midnight', json: object = {}): Promise<string> {
  const answer = await app.http.post('/api/artists', { json: { name, ...json }, headers: owner.headers });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data.id;
}

async function makeSong(owner: Person, artistId: string, title = 'City Lights'): Promise<Json> {
  const answer = await app.http.post(`/api/artists/${artistId}/songs`, { json: { title }, headers: owner.headers });
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data;
}

const rowOf = async (id: string): Promise<Record<string, unknown> | undefined> =>
  (await app.database.query('SELECT * FROM artists WHERE id = $1', [id]))[0];

const songIdsOf = async (owner: Person, id: string): Promise<string[]> => {
  const { body } = await get(`/api/artists/${id}/songs?size=100`, owner);
  return body.data.map((song) => song.id as string).sort();
};

describe('the old id of a merged artist', () => {
  it('filters the list of all songs as that of the other artist does, for those who see them', async () => {
    const [owner, stranger] = [await signUp(app), await signUp(app)];
    const [from, into] = [await makeArtist(owner), await makeArtist(owner)];
    const song = await makeSong(owner, from);
    await makeSong(owner, await makeArtist(owner), 'Of another');
    expectSuccess(await merge(from, into, owner), 200);
    const listed = async (person: Person): Promise<unknown[]> => {
      const { body } = await get(`/api/songs?artistId=${from.toUpperCase()}`, person);
      return body.data.map(({ id }) => id);
    };
    expect(await listed(owner)).toEqual([song.id]);
    expect(await listed(boss)).toEqual([song.id]);
    expect(await listed(stranger)).toEqual([]);
  });
});

describe('POST /api/artists/{id}/merge', () => {
  it('200 moves songs, identifiers and aliases, and makes the old name an alias', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner, 'Beatles'), await makeArtist(owner, 'The Beatles')];
    const isni = [{ type: 'isni', value: '0000000121707484' }];
    const spotify = [{ type: 'spotify', value: '3WrFJ7ztbogyGnTHbHJFl2' }];
    await app.database.query('UPDATE artists SET aliases = $2, identifiers = $3 WHERE id = $1', [
      from,
      ['Fab Four', 'Los Beatles'],
      JSON.stringify(isni),
    ]);
    await app.database.query('UPDATE artists SET aliases = $2, identifiers = $3 WHERE id = $1', [
      into,
      ['Fab Four'],
      JSON.stringify(spotify),
    ]);
    const [moved, kept] = [await makeSong(owner, from, 'Help!'), await makeSong(owner, into, 'Yesterday')];
    const before = (await get(`/api/artists/${into}`, owner)).headers.get('etag');
    const answer = await merge(from, into, owner);
    expectSuccess(answer, 200);
    expectFields(answer.body.data, API_FIELDS.artist);
    expect(answer.body.data).toMatchObject({ id: into, name: 'The Beatles' });
    expect(answer.headers.get('etag')).not.toBe(before);
    expect((await get(`/api/artists/${into}`, owner)).headers.get('etag')).toBe(answer.headers.get('etag'));
    expect(await rowOf(into)).toMatchObject({
      aliases: ['Fab Four', 'Los Beatles', 'Beatles'],
      identifiers: [...spotify, ...isni],
    });
    expect(await rowOf(from)).toBeUndefined();
    expect(
      await app.database.query('SELECT type, artist_id FROM artist_identifiers WHERE user_id = $1 ORDER BY type', [
        owner.id,
      ]),
    ).toEqual([
      { type: 'isni', artist_id: into },
      { type: 'spotify', artist_id: into },
    ]);
    expect(await songIdsOf(owner, into)).toEqual([kept.id, moved.id].sort());
    expect((await get(`/api/songs/${moved.id as string}`, owner)).body.data).toMatchObject({
      ...(moved as object),
      artistId: into,
      updatedAt: expect.any(String) as string,
    });
    expect((await get('/api/artists?q=los+beatles', owner)).body.data.map(({ id }) => id)).toEqual([into]);
  });

  it('moves aliases and identifiers also beyond the number that may be given', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner, 'From'), await makeArtist(owner, 'Into')];
    for (const id of [from, into]) {
      const [letter] = id === from ? ['a'] : ['b'];
      await app.database.query('UPDATE artists SET aliases = $2, identifiers = $3 WHERE id = $1', [
        id,
        Array.from({ length: 50 }, (_, i) => `${letter}${i}`),
        JSON.stringify(Array.from({ length: 50 }, (_, i) => ({ type: 'x-shop', value: `${letter}${i}` }))),
      ]);
    }
    expectSuccess(await merge(from, into, owner), 200);
    const row = await rowOf(into);
    expect(row?.['aliases']).toHaveLength(101);
    expect(row?.['identifiers']).toHaveLength(100);
    expect((await patch(`/api/artists/${into}`, { name: 'Still editable' }, owner)).status).toBe(200);
  });

  it('an old id redirects for good: GET of the artist and of its songs, with the query', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner), await makeArtist(owner)];
    await merge(from, into, owner);
    for (const [path, location] of [
      [`/api/artists/${from}`, `/api/artists/${into}`],
      [`/api/artists/${from.toUpperCase()}`, `/api/artists/${into}`],
      [`/api/artists/${from}/songs`, `/api/artists/${into}/songs`],
      [`/api/artists/${from}/songs?size=5&page=0`, `/api/artists/${into}/songs?size=5&page=0`],
    ] as const) {
      const answer = await get(path, owner);
      expect(answer, path).toMatchObject({ status: 308, text: '' });
      expect(answer.headers.get('location')).toBe(location);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expectSuccess(await get(`/api/artists/${into}`, owner), 200);
  });

  it('makes the location of nothing that the client sends', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner), await makeArtist(owner)];
    await merge(from, into, owner);
    const connection = await RawConnection.open(app.url);
    const lines = [
      `GET http://evil.example/api/artists/${from} HTTP/1.1`,
      ...['Host: evil.example', 'X-Forwarded-Host: evil.example', 'Connection: close'],
      `Authorization: ${owner.headers['authorization'] ?? ''}`,
    ];
    connection.send(`${lines.join('\r\n')}\r\n\r\n`);
    const { status, headers } = await connection.answer();
    expect([status, headers.get('location')]).toEqual([308, `/api/artists/${into}`]);
  });

  it('409 artist_merged for every write to an old id, and the winner stays', async () => {
    const owner = await signUp(app);
    const [from, into, third] = [await makeArtist(owner), await makeArtist(owner), await makeArtist(owner)];
    const song = await makeSong(owner, third);
    await merge(from, into, owner);
    const { headers } = owner;
    for (const answer of [
      await patch(`/api/artists/${from}`, { name: 'x' }, owner),
      await patch(`/api/artists/${from}`, {}, owner),
      await app.http.delete(`/api/artists/${from}`, { headers }),
      await app.http.post(`/api/artists/${from}/songs`, { json: { title: 'x' }, headers }),
      await merge(from, into, owner),
      await merge(from, third, owner),
      await merge(third, from, owner),
      await patch(`/api/songs/${song.id as string}`, { artistId: from }, owner),
    ]) {
      expectRefusal(answer, 409, 'artist_merged');
    }
    expectSuccess(await get(`/api/artists/${into}`, owner), 200);
    expect(await songIdsOf(owner, third)).toEqual([song.id]);
  });

  it('404 for an old id once the winner is deleted, and for others at any time', async () => {
    const [owner, other] = [await signUp(app), await signUp(app)];
    const [from, into] = [await makeArtist(owner), await makeArtist(owner)];
    await merge(from, into, owner);
    const missing = await get(`/api/artists/${UNKNOWN_ID}`, other);
    const asked = await get(`/api/artists/${from}`, other);
    expect([asked.status, asked.text]).toEqual([404, missing.text]);
    expectRefusal(await patch(`/api/artists/${from}`, {}, other), 404, 'artist_not_found');
    expect((await get(`/api/artists/${from}`, boss)).status).toBe(308);
    expectNoContent(await app.http.delete(`/api/artists/${into}`, { headers: owner.headers }));
    expectRefusal(await get(`/api/artists/${from}`, owner), 404, 'artist_not_found');
    expectRefusal(await get(`/api/artists/${from}/songs`, owner), 404, 'artist_not_found');
    expectRefusal(await patch(`/api/artists/${from}`, {}, owner), 404, 'artist_not_found');
  });

  it('answers the last of a chain for every id in it', async () => {
    const owner = await signUp(app);
    const [a, b, c, d] = [
      ...[await makeArtist(owner, 'A'), await makeArtist(owner, 'B')],
      ...[await makeArtist(owner, 'C'), await makeArtist(owner, 'D')],
    ] as [string, string, string, string];
    for (const [from, into] of [
      [a, b],
      [b, c],
      [c, d],
    ] as const) {
      expectSuccess(await merge(from, into, owner), 200);
    }
    for (const id of [a, b, c]) {
      expect((await get(`/api/artists/${id}`, owner)).headers.get('location')).toBe(`/api/artists/${d}`);
    }
    expect((await rowOf(d))?.['aliases']).toEqual(['A', 'B', 'C']);
  });

  it('the feed answers 200 with the winner', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner, 'Old'), await makeArtist(owner, 'New')];
    await merge(from, into, owner);
    const headers = { ...owner.headers, ...apiKey((await makeKey(app, owner)).apiKey) };
    const answer = await app.http.get(`/artists/${from}`, { headers });
    expect([answer.status, answer.body.id]).toEqual([200, into]);
  });

  it('400 without an artist to merge into, for itself, and for an artist of another owner', async () => {
    const [owner, other] = [await signUp(app), await signUp(app)];
    const [id, theirs] = [await makeArtist(owner), await makeArtist(other)];
    const { headers } = owner;
    for (const json of [{}, { into: 'x' }, { into: null }, { into: id }, { into: id.toUpperCase() }]) {
      expectFaultsIn(await app.http.post(`/api/artists/${id}/merge`, { json, headers }), 'into');
    }
    expectFaultsIn(await merge(id, theirs, boss), 'into');
    expectRefusal(await merge(id, theirs, owner), 404, 'artist_not_found');
    expectRefusal(await merge(theirs, id, owner), 404, 'artist_not_found');
    expectRefusal(await merge(id, UNKNOWN_ID, owner), 404, 'artist_not_found');
    expectRefusal(await merge('not-a-uuid', id, owner), 404, 'artist_not_found');
  });

  it('403 for the owner while either artist is inactive; an admin may', async () => {
    const owner = await signUp(app);
    const [on, off] = [await makeArtist(owner), await makeArtist(owner, 'Off', { status: 'inactive' })];
    expectRefusal(await merge(on, off, owner), 403, 'artist_inactive');
    expectRefusal(await merge(off, on, owner), 403, 'artist_inactive');
    expectSuccess(await merge(off, on, boss), 200);
  });

  it('412 where the artist has changed, and nothing moves', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner), await makeArtist(owner)];
    const json = { into };
    const attempt = (etag: string): Promise<HttpAnswer> =>
      app.http.post(`/api/artists/${from}/merge`, { json, headers: { ...owner.headers, 'if-match': etag } });
    expectRefusal(await attempt('"2"'), 412, 'precondition_failed');
    expectSuccess(await get(`/api/artists/${from}`, owner), 200);
    expectSuccess(await attempt('"1"'), 200);
  });
});

describe('merges at once', () => {
  it('20 crosswise make no circle, and lose no song', async () => {
    const owner = await signUp(app);
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push(await makeArtist(owner, `Artist ${i}`));
    const songs: string[] = [];
    for (const id of ids) songs.push((await makeSong(owner, id)).id);
    const pairs = ids.flatMap((from) => ids.filter((into) => into !== from).map((into) => [from, into] as const));
    expect(pairs).toHaveLength(20);
    const answers = await Promise.all(pairs.map(([from, into]) => merge(from, into, owner)));
    for (const answer of answers) {
      if (answer.status !== 200) expectRefusal(answer, 409, 'artist_merged');
    }
    const merged = answers.filter(({ status }) => status === 200).length;
    const left = (await get('/api/artists', owner)).body.data.map(({ id }) => id as string);
    expect(left).toHaveLength(ids.length - merged);
    const found: string[] = [];
    for (const id of left) found.push(...(await songIdsOf(owner, id)));
    expect(found.sort()).toEqual(songs.sort());
    for (const id of ids) {
      if (left.includes(id)) continue;
      const location = (await get(`/api/artists/${id}`, owner)).headers.get('location') ?? '';
      expect(left.map((one) => `/api/artists/${one}`)).toContain(location);
    }
  });

  it('a chain that is merged all at once leads every old id to where it ended', async () => {
    const owner = await signUp(app);
    const [a, b, c] = [await makeArtist(owner, 'A'), await makeArtist(owner, 'B'), await makeArtist(owner, 'C')];
    const steps = [
      [a, b],
      [b, c],
    ] as const;
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => steps.map(([from, into]) => merge(from, into, owner))).flat(),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 409]));
    // A → B comes too late where B → C was first.
    const ends = await Promise.all([a, b].map((id) => get(`/api/artists/${id}`, owner)));
    expect(ends[1]?.headers.get('location')).toBe(`/api/artists/${c}`);
    expect([200, 308]).toContain(ends[0]?.status);
    if (ends[0]?.status === 308) expect(ends[0].headers.get('location')).toBe(`/api/artists/${c}`);
  });

  it('no song of an artist is lost that is written while the artist is merged', async () => {
    const owner = await signUp(app);
    const [from, into] = [await makeArtist(owner, 'From'), await makeArtist(owner, 'Into')];
    const old = await makeSong(owner, from, 'Old');
    const [merged, renamed, ...added] = await Promise.all([
      merge(from, into, owner),
      patch(`/api/songs/${old.id as string}`, { title: 'Renamed' }, owner),
      ...Array.from({ length: 5 }, (_, i) =>
        app.http.post(`/api/artists/${from}/songs`, { json: { title: `New ${i}` }, headers: owner.headers }),
      ),
    ]);
    expectSuccess(merged, 200);
    expectSuccess(renamed, 200);
    const kept = added.flatMap((answer) => {
      if (answer.status === 201) return [answer.body.data.id];
      expectRefusal(answer, 409, 'artist_merged');
      return [];
    });
    expect(await songIdsOf(owner, into)).toEqual([old.id as string, ...kept].sort());
    expect((await get(`/api/songs/${old.id as string}`, owner)).body.data).toMatchObject({
      title: 'Renamed',
      artistId: into,
    });
  });
});

describe('PATCH /api/songs/{id} with artistId', () => {
  it('200 moves the song to another artist of the same owner', async () => {
    const owner = await signUp(app);
    const [from, to] = [await makeArtist(owner), await makeArtist(owner)];
    const song = await makeSong(owner, from);
    const path = `/api/songs/${song.id as string}`;
    const moved = await patch(path, { artistId: to.toUpperCase(), title: 'Moved' }, owner);
    expectSuccess(moved, 200);
    expect(moved.body.data).toMatchObject({ id: song.id, artistId: to, title: 'Moved' });
    expect(await songIdsOf(owner, from)).toEqual([]);
    expect(await songIdsOf(owner, to)).toEqual([song.id]);
    expectSuccess(await patch(path, { artistId: to }, owner), 200);
    expectSuccess(await patch(path, { artistId: from }, boss), 200);
  });

  it('400, 403 and 404 for an artist that it cannot move to; it stays where it is', async () => {
    const [owner, other] = [await signUp(app), await signUp(app)];
    const [from, off] = [await makeArtist(owner), await makeArtist(owner, 'Off', { status: 'inactive' })];
    const theirs = await makeArtist(other);
    const song = await makeSong(owner, from);
    const path = `/api/songs/${song.id as string}`;
    expectFaultsIn(await patch(path, { artistId: 'x' }, owner), 'artistId');
    expectFaultsIn(await patch(path, { artistId: null }, owner), 'artistId');
    expectFaultsIn(await patch(path, { artistId: theirs }, boss), 'artistId');
    expectRefusal(await patch(path, { artistId: theirs }, owner), 404, 'artist_not_found');
    expectRefusal(await patch(path, { artistId: UNKNOWN_ID }, owner), 404, 'artist_not_found');
    expectRefusal(await patch(path, { artistId: off }, owner), 403, 'artist_inactive');
    expect((await get(path, owner)).body.data).toEqual(song);
  });

  it('moves back and forth at once without a deadlock', async () => {
    const owner = await signUp(app);
    const [one, two] = [await makeArtist(owner), await makeArtist(owner)];
    const songs: string[] = [];
    for (const artistId of [one, two, one, two]) songs.push((await makeSong(owner, artistId)).id);
    const answers = await Promise.all(
      songs.flatMap((id) => [one, two, one].map((artistId) => patch(`/api/songs/${id}`, { artistId }, owner))),
    );
    for (const answer of answers) expectSuccess(answer, 200);
    expect([...(await songIdsOf(owner, one)), ...(await songIdsOf(owner, two))].sort()).toEqual(songs.sort());
  });
});
