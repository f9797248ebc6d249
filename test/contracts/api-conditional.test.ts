import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNoContent, expectRefusal, expectSuccess, UNKNOWN_ID } from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';
import type { HttpAnswer } from '../support/http-client.js';
import { type Person, signUp } from '../support/people.js';

let app: TestApp;
let person: Person;
beforeAll(async () => {
  app = await startApp();
  person = await signUp(app);
});
afterAll(() => app.close());

type Headers = Record<string, string>;

const get = (path: string, headers: Headers = {}): Promise<HttpAnswer> =>
  app.http.get(path, { headers: { ...person.headers, ...headers } });
const patch = (path: string, json: object, headers: Headers = {}): Promise<HttpAnswer> =>
  app.http.patch(path, { json, headers: { ...person.headers, ...headers } });
const remove = (path: string, headers: Headers = {}): Promise<HttpAnswer> =>
  app.http.delete(path, { headers: { ...person.headers, ...headers } });

async function makeArtist(): Promise<string> {
  const { body } = await app.http.post('/api/artists', { json: { name: 'Midnight' }, headers: person.headers });
  return `/api/artists/${body.data.id as string}`;
}

async function makeSong(): Promise<string> {
  const path = `${await makeArtist()}/songs`;
  const { body } = await app.http.post(path, { json: { title: 'City Lights' }, headers: person.headers });
  return `/api/songs/${body.data.id as string}`;
}

const etagOf = async (path: string): Promise<string> => (await get(path)).headers.get('etag') ?? '';

describe.each([
  ['an artist', makeArtist, (text: string): object => ({ name: text })],
  ['a song', makeSong, (text: string): object => ({ title: text })],
])('conditional requests on %s', (kind, make, change) => {
  it('has a version, counted up by each change, that no one but the client keeps', async () => {
    const path = await make();
    const read = await get(path);
    expectSuccess(read, 200);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(read.headers.get('cache-control')).toBe('private, no-cache');
    const changed = await patch(path, change('Other'));
    expect(changed.headers.get('etag')).toBe('"2"');
    expect(changed.headers.get('cache-control')).toBe('private, no-cache');
    expect(await etagOf(path)).toBe('"2"');
    // Folds like the text before it.
    expect((await patch(path, change('OTHER'))).headers.get('etag')).toBe('"3"');
    expect(await etagOf(path)).toBe('"3"');
    expect((await patch(path, {})).headers.get('etag')).toBe('"3"');
    expect(await etagOf(path)).toBe('"3"');
  });

  it('has its version from the start', async () => {
    const parent = await makeArtist();
    const path = kind === 'a song' ? `${parent}/songs` : '/api/artists';
    const json = { ...change('New') };
    const made = await app.http.post(path, { json, headers: person.headers });
    expectSuccess(made, 201);
    expect([made.headers.get('etag'), made.headers.get('cache-control')]).toEqual(['"1"', 'private, no-cache']);
  });

  it.each(['"1"', 'W/"1"', '"7", "1"', '*'])('304 without a body for If-None-Match: %s', async (ifNoneMatch) => {
    const path = await make();
    const unchanged = await get(path, { 'if-none-match': ifNoneMatch });
    expect(unchanged).toMatchObject({ status: 304, text: '' });
    expect(unchanged.headers.get('etag')).toBe('"1"');
    expect(unchanged.headers.get('cache-control')).toBe('private, no-cache');
  });

  it.each(['"2"', '1', '"01"', ''])('200 for If-None-Match: %j', async (ifNoneMatch) => {
    expectSuccess(await get(await make(), { 'if-none-match': ifNoneMatch }), 200);
  });

  it.each(['"1"', '"7", "1"', '*'])('changes and deletes with If-Match: %s', async (ifMatch) => {
    const path = await make();
    expectSuccess(await patch(path, {}, { 'if-match': ifMatch }), 200);
    expectNoContent(await remove(path, { 'if-match': ifMatch }));
  });

  it.each(['"2"', 'W/"1"', '1', '"01"', ''])('412 and no change with If-Match: %j', async (ifMatch) => {
    const path = await make();
    const before = await get(path);
    const headers = { 'if-match': ifMatch };
    expectRefusal(await patch(path, change('Other'), headers), 412, 'precondition_failed');
    expectRefusal(await patch(path, {}, headers), 412, 'precondition_failed');
    expectRefusal(await remove(path, headers), 412, 'precondition_failed');
    expect((await get(path)).text).toBe(before.text);
  });

  it('of many changes with one If-Match, one takes effect', async () => {
    const path = await make();
    const etag = await etagOf(path);
    const texts = Array.from({ length: 10 }, (_, i) => `Version ${i}`);
    const answers = await Promise.all(texts.map((text) => patch(path, change(text), { 'if-match': etag })));
    const won = answers.filter(({ status }) => status === 200);
    expect(won).toHaveLength(1);
    for (const answer of answers) if (answer !== won[0]) expectRefusal(answer, 412, 'precondition_failed');
    expect((await get(path)).body.data).toEqual(won[0]?.body.data);
    expect(await etagOf(path)).toBe('"2"');
  });

  it('does not tell by 412 what is not the caller’s', async () => {
    const path = await make();
    const stranger = await signUp(app);
    const code = kind === 'an artist' ? 'artist_not_found' : 'song_not_found';
    for (const ifMatch of ['"1"', '"2"', '*']) {
      const headers = { ...stranger.headers, 'if-match': ifMatch, 'if-none-match': '*' };
      for (const id of [path, path.replace(/[^/]+$/, UNKNOWN_ID)]) {
        expectRefusal(await app.http.get(id, { headers }), 404, code);
        expectRefusal(await app.http.patch(id, { json: {}, headers }), 404, code);
        expectRefusal(await app.http.delete(id, { headers }), 404, code);
      }
    }
  });

  it('is refused after a change by SQL that knows nothing of versions', async () => {
    const path = await make();
    const [table, column] = kind === 'an artist' ? ['artists', 'name'] : ['songs', 'title'];
    await app.database.query(`UPDATE ${table} SET ${column} = 'By hand' WHERE id = $1`, [path.split('/').at(-1)]);
    expectRefusal(await patch(path, change('Other'), { 'if-match': '"1"' }), 412, 'precondition_failed');
  });
});

it('a change of a song leaves the version of its artist', async () => {
  const song = await makeSong();
  const artist = `/api/artists/${(await get(song)).body.data.artistId as string}`;
  const etag = await etagOf(artist);
  await patch(song, { title: 'Other' });
  await remove(song);
  expect(await etagOf(artist)).toBe(etag);
});
