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
import { admin, makeKey, type Person, signUp } from '../support/people.js';

let app: TestApp;
let boss: Person;
beforeAll(async () => {
  app = await startApp();
  boss = await admin(app);
});
afterAll(() => app.close());

type Headers = Record<string, string>;
const get = (path: string, headers: Headers = {}): Promise<HttpAnswer> => app.http.get(path, { headers });
const post = (path: string, json: unknown, headers: Headers = {}): Promise<HttpAnswer> =>
  app.http.post(path, { json, headers });
const patch = (path: string, json: unknown, headers: Headers = {}): Promise<HttpAnswer> =>
  app.http.patch(path, { json, headers });
const remove = (path: string, headers: Headers = {}): Promise<HttpAnswer> => app.http.delete(path, { headers });

async function makeArtist(owner: Person, json: object = { name: 'The Midnight Collective' }): Promise<Json> {
  const answer = await post('/api/artists', json, owner.headers);
  expect(answer.status, answer.text).toBe(201);
  return answer.body.data;
}
async function names(query: string, headers: Headers): Promise<string[]> {
  const answer = await get(`/api/artists?${query}`, headers);
  expectSuccess(answer, 200, { list: true });
  return answer.body.data.map((artist) => artist.name as string);
}

describe('POST /api/artists', () => {
  it('201 returns the active artist, owned by the authenticated user', async () => {
    const person = await signUp(app);
    const answer = await post('/api/artists', { name: '  The Midnight Collective ' }, person.headers);
    expectSuccess(answer, 201);
    expectFields(answer.body.data, API_FIELDS.artist);
    expect(answer.body.data).toMatchObject({
      name: 'The Midnight Collective',
      status: 'active',
      userId: person.id,
      createdAt: expect.stringMatching(INSTANT),
      updatedAt: expect.stringMatching(INSTANT),
    });
    expect(answer.body.data.id).toMatch(UUID);
  });

  it('201 for a key with artists:write; the key’s owner owns the artist', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person, { scopes: ['artists:write'] });
    const answer = await post('/api/artists', { name: 'By key' }, apiKey(key.apiKey));
    expectSuccess(answer, 201);
    expect(answer.body.data.userId).toBe(person.id);
  });

  it.each([
    ['one character', '!'],
    ['200 characters', 'x'.repeat(200)],
    ['200 characters outside the basic plane', '😀'.repeat(200)],
    ['any text', '<script>%_\\"\';--'],
    ['joined emoji', '👩‍👩‍👧'],
  ])('201 for a name of %s, stored unchanged', async (_, name) => {
    const { headers } = await signUp(app);
    const answer = await post('/api/artists', { name }, headers);
    expectSuccess(answer, 201);
    expect((await get(`/api/artists/${answer.body.data.id}`, headers)).body.data.name).toBe(name);
  });

  it.each([
    ['nothing', ''],
    ['spaces', '  '],
    ['zero-width characters', '\u200b\u200c'],
    ['201 characters', 'x'.repeat(201)],
    ['a NUL', 'a\u0000b'],
    ['a lone surrogate', 'a\udfff'],
    ['a number', 1],
    ['an object', {}],
    ['null', null],
    ['absence', undefined],
  ])('400 for a name of %s', async (_, name) => {
    const { headers } = await signUp(app);
    expectFaultsIn(await post('/api/artists', { name }, headers), 'name');
    expect(await names('', headers)).toEqual([]);
  });

  it.each(['userId', 'role', 'id', 'createdAt', 'updatedAt', 'songs'])('400 for the field %s', async (field) => {
    expectFaultsIn(await post('/api/artists', { name: 'ok', [field]: UNKNOWN_ID }, boss.headers), field);
  });

  it('400 for an unknown status, and without a body', async () => {
    expectFaultsIn(await post('/api/artists', { name: 'ok', status: 'gone' }, boss.headers), 'status');
    expectFaultsIn(await app.http.post('/api/artists', { headers: boss.headers }), 'name');
  });

  it('401 without credentials, 403 for a key without artists:write', async () => {
    const key = await makeKey(app, boss, { scopes: ['artists:read'] });
    expectRefusal(await post('/api/artists', { name: 'x' }), 401, 'authentication_required');
    expectRefusal(await post('/api/artists', { name: 'x' }, apiKey(key.apiKey)), 403, 'insufficient_scope');
  });
});

describe('GET /api/artists', () => {
  it('200 lists only the user’s own artists, newest first', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    for (const name of ['first', 'second', 'third']) await makeArtist(person, { name });
    await makeArtist(other, { name: 'not mine' });
    const answer = await get('/api/artists', person.headers);
    expectSuccess(answer, 200, { list: true });
    expectFields(answer.body.meta, API_FIELDS.meta);
    for (const artist of answer.body.data) expectFields(artist, API_FIELDS.artist);
    expect(answer.body.data.map((artist) => artist.name)).toEqual(['third', 'second', 'first']);
    expect(answer.body.meta).toEqual({ page: 0, size: 10, totalCount: 3, totalPages: 1, nextCursor: null });
  });

  it('pages by number: each row once, counts on every page, an empty page past the end', async () => {
    const person = await signUp(app);
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await makeArtist(person, { name: `artist ${i}` })).id);
    const seen: string[] = [];
    for (const page of [0, 1, 2, 3]) {
      const { body } = await get(`/api/artists?page=${page}&size=2`, person.headers);
      seen.push(...body.data.map((artist) => artist.id as string));
      expect(body.meta).toMatchObject({ page, size: 2, totalCount: 5, totalPages: 3 });
      if (page < 2) expect(body.meta.nextCursor).toMatch(/^[\w-]+$/);
      else expect(body.meta.nextCursor).toBeNull();
    }
    expect(seen).toEqual(made);
  });

  it('pages by cursor to the end, each row once despite later additions, without counts', async () => {
    const person = await signUp(app);
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await makeArtist(person, { name: `artist ${i}` })).id);
    const first = await get('/api/artists?size=2', person.headers);
    const seen = first.body.data.map((artist) => artist.id as string);
    let cursor: string | null = first.body.meta.nextCursor;
    while (cursor !== null) {
      await makeArtist(person, { name: 'added meanwhile' });
      const { body } = await get(`/api/artists?size=2&cursor=${cursor}`, person.headers);
      expect(body.meta).toMatchObject({ page: null, size: 2, totalCount: null, totalPages: null });
      seen.push(...body.data.map((artist) => artist.id as string));
      cursor = body.meta.nextCursor;
    }
    expect(seen).toEqual(made);
  });

  it('has no nextCursor when the last page is exactly full', async () => {
    const person = await signUp(app);
    for (const name of ['a', 'b']) await makeArtist(person, { name });
    expect((await get('/api/artists?size=2', person.headers)).body.meta.nextCursor).toBeNull();
  });

  it('a cursor of another user returns none of their artists', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    for (const name of ['a', 'b', 'c']) await makeArtist(person, { name });
    const { body } = await get('/api/artists?size=1', person.headers);
    expect(await names(`cursor=${body.meta.nextCursor}`, other.headers)).toEqual([]);
  });

  it('finds by part of the name in any case; signs do not count, and none is a wildcard', async () => {
    const { headers } = await signUp(app);
    const owner = { headers } as Person;
    for (const name of ['100% Cotton', '100 Cotton', 'snake_case', 'snakeXcase', 'back\\slash', 'ÉTOILE']) {
      await makeArtist(owner, { name });
    }
    expect(await names('q=COTTON', headers)).toEqual(['100 Cotton', '100% Cotton']);
    expect(await names('q=100%25', headers)).toEqual(['100 Cotton', '100% Cotton']);
    expect(await names('q=snake_c', headers)).toEqual(['snake_case']);
    expect(await names('q=etoile', headers)).toEqual(['ÉTOILE']);
    for (const signs of ['%5C', '%25', '_', '*']) expect(await names(`q=${signs}`, headers)).toEqual([]);
    expect(await names('q=nothing+like+it', headers)).toEqual([]);
    expect((await get('/api/artists?q=cotton&size=1', headers)).body.meta).toMatchObject({ totalCount: 2 });
  });

  it('omits inactive artists for their owner; admins can filter by status', async () => {
    const person = await signUp(app);
    await makeArtist(person, { name: 'on' });
    await makeArtist(person, { name: 'off', status: 'inactive' });
    expect(await names('', person.headers)).toEqual(['on']);
    expect(await names('status=inactive', person.headers)).toEqual([]);
    const mine = `userId=${person.id}`;
    expect(await names(mine, boss.headers)).toEqual(['off', 'on']);
    expect(await names(`${mine}&status=inactive`, boss.headers)).toEqual(['off']);
    expect(await names(`${mine}&status=active`, boss.headers)).toEqual(['on']);
  });

  it('trims filters', async () => {
    const person = await signUp(app);
    await makeArtist(person, { name: 'spaced' });
    const query = `q=%20spaced%20&status=%20active%20&userId=%20${person.id}%20`;
    expect(await names(query, person.headers)).toEqual(['spaced']);
  });

  it.each(['', '%20'])('takes an empty search for none: q=%s', async (q) => {
    const person = await signUp(app);
    await makeArtist(person, { name: 'anything' });
    expect(await names(`q=${q}`, person.headers)).toEqual(['anything']);
  });

  it('userId never shows a user the artists of others', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    await makeArtist(person, { name: 'mine' });
    expect(await names(`userId=${person.id}`, person.headers)).toEqual(['mine']);
    expect(await names(`userId=${person.id}`, other.headers)).toEqual([]);
  });

  it.each([
    ['page=-1', 'page'],
    ['page=1.5', 'page'],
    ['page=1e3', 'page'],
    ['page=', 'page'],
    ['page=01', 'page'],
    ['page=abc', 'page'],
    ['page=0&page=1', 'page'],
    ['size=0', 'size'],
    ['size=101', 'size'],
    ['size=%2B5', 'size'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=', 'cursor'],
    ['page=0&cursor=LjAuMDE5MzU0OGQtMWEyYi03YzNkLThlNGYtNWE2YjdjOGQ5ZTBmLjE3MzIzNDU2Nzg5MDA', 'cursor'],
    ['status=gone', 'status'],
    ['userId=me', 'userId'],
    ['q=%00', 'q'],
    [`q=${'x'.repeat(201)}`, 'q'],
    ['sort=createdAt', 'sort'],
    ['Page=0', 'Page'],
    ['page[]=0', 'page[]'],
  ])('400 for ?%s', async (query, field) => {
    expectFaultsIn(await get(`/api/artists?${query}`, boss.headers), field);
  });

  it('401 without credentials, 403 for a key without artists:read', async () => {
    const key = await makeKey(app, boss, { scopes: ['artists:write'] });
    expectRefusal(await get('/api/artists'), 401, 'authentication_required');
    expectRefusal(await get('/api/artists', apiKey(key.apiKey)), 403, 'insufficient_scope');
  });
});

describe('SECURITY 19: GET, PATCH and DELETE /api/artists/{id}', () => {
  it('200 reads and updates the fields sent, 204 deletes, then 404', async () => {
    const person = await signUp(app);
    const artist = await makeArtist(person);
    const path = `/api/artists/${artist.id}`;
    const read = await get(path, person.headers);
    expectSuccess(read, 200);
    expect(read.body.data).toEqual(artist);
    const renamed = await patch(path, { name: ' Midnight ' }, person.headers);
    expectSuccess(renamed, 200);
    expectFields(renamed.body.data, API_FIELDS.artist);
    expect(renamed.body.data).toMatchObject({ id: artist.id, name: 'Midnight', createdAt: artist.createdAt });
    expect((await patch(path, {}, person.headers)).body.data).toEqual(renamed.body.data);
    expect((await get(path.toUpperCase().replace('/API/ARTISTS', '/api/artists'), person.headers)).status).toBe(200);
    expectNoContent(await remove(path, person.headers));
    expectRefusal(await get(path, person.headers), 404, 'artist_not_found');
    expectRefusal(await remove(path, person.headers), 404, 'artist_not_found');
    expectRefusal(await patch(path, { name: 'x' }, person.headers), 404, 'artist_not_found');
  });

  it('an artist of another user is the same 404 as a missing one, byte for byte', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    const [active, inactive] = [await makeArtist(person), await makeArtist(person, { name: 'x', status: 'inactive' })];
    const ids = [active.id, inactive.id, 'not-a-uuid', `{${active.id}}`, '%00', '__proto__', `${active.id}%20`];
    for (const call of [
      (id: string) => get(`/api/artists/${id}`, other.headers),
      (id: string) => patch(`/api/artists/${id}`, { name: 'Stolen' }, other.headers),
      (id: string) => remove(`/api/artists/${id}`, other.headers),
      (id: string) => get(`/api/artists/${id}/songs`, other.headers),
      (id: string) => post(`/api/artists/${id}/songs`, { title: 'Stolen' }, other.headers),
    ]) {
      const missing = await call(UNKNOWN_ID);
      expectRefusal(missing, 404, 'artist_not_found');
      for (const id of ids) {
        const answer = await call(id);
        expectRefusal(answer, 404, 'artist_not_found');
        expect(answer.text).toBe(missing.text);
        expect([...answer.headers.keys()].sort()).toEqual([...missing.headers.keys()].sort());
      }
    }
    expect((await get(`/api/artists/${active.id}`, person.headers)).body.data).toEqual(active);
  });

  it('the owner’s inactive artist is artist_inactive for every operation, activation included', async () => {
    const person = await signUp(app);
    const artist = await makeArtist(person);
    const path = `/api/artists/${artist.id}`;
    const song = await post(`${path}/songs`, { title: 'Silent' }, person.headers);
    const off = await patch(path, { status: 'inactive' }, person.headers);
    expectSuccess(off, 200);
    expect(off.body.data.status).toBe('inactive');
    const songPath = `/api/songs/${song.body.data.id}`;
    for (const answer of [
      await get(path, person.headers),
      await patch(path, { name: 'x' }, person.headers),
      await patch(path, { status: 'active' }, person.headers),
      await patch(path, {}, person.headers),
      await remove(path, person.headers),
      await get(`${path}/songs`, person.headers),
      await post(`${path}/songs`, { title: 'x' }, person.headers),
      await get(songPath, person.headers),
      await patch(songPath, { title: 'x' }, person.headers),
      await patch(songPath, {}, person.headers),
      await remove(songPath, person.headers),
    ]) {
      expectRefusal(answer, 403, 'artist_inactive');
    }
    const on = await patch(path, { status: 'active' }, boss.headers);
    expectSuccess(on, 200);
    expectSuccess(await get(path, person.headers), 200);
    expect((await get(songPath, person.headers)).body.data).toEqual(song.body.data);
  });

  it('admins read, update and delete any artist, whose owner stays the same', async () => {
    const person = await signUp(app);
    const artist = await makeArtist(person, { name: 'Theirs', status: 'inactive' });
    const path = `/api/artists/${artist.id}`;
    expectSuccess(await get(path, boss.headers), 200);
    const changed = await patch(path, { name: 'Corrected', status: 'active' }, boss.headers);
    expect(changed.body.data).toMatchObject({ name: 'Corrected', status: 'active', userId: person.id });
    expectNoContent(await remove(path, boss.headers));
    expectRefusal(await get(path, person.headers), 404, 'artist_not_found');
  });

  it('400 for fields that cannot be set, and nothing changes', async () => {
    const person = await signUp(app);
    const artist = await makeArtist(person);
    const path = `/api/artists/${artist.id}`;
    for (const [json, field] of [
      [{ name: '' }, 'name'],
      [{ name: null }, 'name'],
      [{ name: 'x\u0000' }, 'name'],
      [{ status: 'gone' }, 'status'],
      [{ status: null }, 'status'],
      [{ name: 'x', userId: UNKNOWN_ID }, 'userId'],
      [{ name: 'x', createdAt: '2000-01-01T00:00:00Z' }, 'createdAt'],
    ] as const) {
      expectFaultsIn(await patch(path, json, person.headers), field);
    }
    expect((await get(path, person.headers)).body.data).toEqual(artist);
  });

  it('401 without credentials, 403 for a key without the scope', async () => {
    const person = await signUp(app);
    const path = `/api/artists/${(await makeArtist(person)).id}`;
    const reader = apiKey((await makeKey(app, person, { scopes: ['artists:read'] })).apiKey);
    const writer = apiKey((await makeKey(app, person, { scopes: ['artists:write'] })).apiKey);
    for (const answer of [await get(path), await patch(path, { name: 'x' }), await remove(path)]) {
      expectRefusal(answer, 401, 'authentication_required');
    }
    expectRefusal(await get(path, writer), 403, 'insufficient_scope');
    expectRefusal(await patch(path, { name: 'x' }, reader), 403, 'insufficient_scope');
    expectRefusal(await remove(path, reader), 403, 'insufficient_scope');
    expectSuccess(await get(path, reader), 200);
    expectSuccess(await patch(path, { name: 'By key' }, writer), 200);
    expectNoContent(await remove(path, writer));
  });
});
