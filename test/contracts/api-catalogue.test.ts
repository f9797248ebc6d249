import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_FIELDS, expectFaultsIn, expectFields, expectRefusal, expectSuccess } from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';
import type { HttpAnswer, Json } from '../support/http-client.js';
import { recordRequestQueries } from '../support/queries.js';
import { admin, type Person, signUp } from '../support/people.js';

/*
 * The fields by which artists and songs are found and identified. The spellings of identifiers are tested in
 * `src/common/identifier.spec.ts`.
 */

const ISNI = '0000000078387189';
const IPI = '00130568296';

let app: TestApp;
let owner: Person;
beforeAll(async () => {
  app = await startApp();
  owner = await signUp(app);
});
afterAll(() => app.close());

const send = (method: 'post' | 'patch', path: string, json: object, { headers } = owner): Promise<HttpAnswer> =>
  app.http[method](path, { json, headers });

async function made(path: string, json: object, person = owner): Promise<Json> {
  const answer = await send('post', path, json, person);
  expectSuccess(answer, 201);
  return answer.body.data;
}
const makeArtist = (json: object = { name: 'Jane' }, person = owner): Promise<Json> =>
  made('/api/artists', json, person);
const read = async (path: string): Promise<Json> => (await app.http.get(path, { headers: owner.headers })).body.data;

describe('the fields of an artist', () => {
  const FULL = {
    name: 'The Midnight Collective',
    sortName: 'Midnight Collective, The',
    aliases: ['TMC', 'Midnight Coll.'],
    disambiguation: 'synthwave duo',
    identifiers: [
      { type: 'isni', value: ISNI },
      { type: 'x-label', value: 'LC-1' },
      { type: 'x-label', value: 'LC-2' },
    ],
  };

  it('are stored as given and in the order given', async () => {
    const artist = await makeArtist(FULL);
    expectFields(artist, API_FIELDS.artist);
    expect(artist).toMatchObject(FULL);
    expect(await read(`/api/artists/${artist.id}`)).toEqual(artist);
  });

  it('are null or empty where they are absent', async () => {
    const absent = { sortName: null, aliases: [], disambiguation: null, identifiers: [] };
    expect(await makeArtist()).toMatchObject(absent);
  });

  it('are replaced by an update, and cleared by null or an empty list', async () => {
    const artist = await makeArtist({ ...FULL, identifiers: [{ type: 'ipi', value: IPI }] });
    const path = `/api/artists/${artist.id}`;
    const changed = await send('patch', path, { aliases: ['Only'], identifiers: [{ type: 'x-label', value: 'LC-3' }] });
    expect(changed.body.data).toMatchObject({
      name: FULL.name,
      sortName: FULL.sortName,
      aliases: ['Only'],
      identifiers: [{ type: 'x-label', value: 'LC-3' }],
    });
    const cleared = { sortName: null, disambiguation: null, aliases: [], identifiers: [] };
    expect((await send('patch', path, cleared)).body.data).toMatchObject({ name: FULL.name, ...cleared });
    expect(await read(path)).toMatchObject(cleared);
    // Given up, it is free again.
    await makeArtist({ name: 'Heir', identifiers: [{ type: 'ipi', value: IPI }] });
  });

  it('hold an alias and an identifier once, however often they are given', async () => {
    const artist = await makeArtist({
      name: 'Twice',
      aliases: ['A', ' A ', 'a'],
      identifiers: [
        { type: 'isni', value: '0000 0003 7290 8504' },
        { type: 'isni', value: '0000-0003-7290-8504' },
      ],
    });
    expect(artist).toMatchObject({
      aliases: ['A', 'a'],
      identifiers: [{ type: 'isni', value: '0000000372908504' }],
    });
  });

  it.each([
    ['sortName', ''],
    ['sortName', 'x'.repeat(201)],
    ['sortName', 'a\u202eb'],
    ['disambiguation', 'x'.repeat(201)],
    ['disambiguation', 'a\u2066b'],
    ['name', 'a\u202ab'],
    ['aliases', null],
    ['aliases', 'A'],
    ['aliases', ['']],
    ['aliases', [1]],
    ['aliases', ['x'.repeat(201)]],
    ['aliases', ['a\u2069b']],
    ['aliases', Array.from({ length: 51 }, (_, i) => `A${i}`)],
    ['identifiers', null],
    ['identifiers', {}],
    ['identifiers', ['isni']],
    ['identifiers', [null]],
    ['identifiers', [{ type: 'isni' }]],
    ['identifiers', [{ type: 'isni', value: 78387189 }]],
    ['identifiers', [{ type: 'isni', value: ISNI, note: 'x' }]],
    ['identifiers', [{ type: 'isrc', value: 'USRC17607839' }]],
    ['identifiers', [{ type: 'isni', value: '0000000078387188' }]],
    ['identifiers', [{ type: 'ipi', value: '00000000000' }]],
    ['identifiers', [{ type: 'x-a', value: 'a,b' }]],
    ['identifiers', Array.from({ length: 51 }, (_, i) => ({ type: 'x-a', value: `${i}` }))],
  ])('400 for %s: %j', async (field, value) => {
    const artist = await makeArtist();
    expectFaultsIn(await send('post', '/api/artists', { name: 'ok', [field]: value }), field);
    expectFaultsIn(await send('patch', `/api/artists/${artist.id}`, { [field]: value }), field);
    expect(await read(`/api/artists/${artist.id}`)).toEqual(artist);
  });

  it('hold 50 aliases and 50 identifiers, and are found by the last alias', async () => {
    const artist = await makeArtist({
      name: 'Many',
      aliases: Array.from({ length: 50 }, (_, i) => `${'𝔸'.repeat(190)} ${i}`),
      identifiers: Array.from({ length: 50 }, (_, i) => ({ type: 'x-many', value: `${i}` })),
    });
    const { body } = await app.http.get('/api/artists?q=aaaaa49', { headers: owner.headers });
    expect(body.data.map(({ id }) => id)).toEqual([artist.id]);
  });

  it('name the position of a wrong identifier and what is wrong, without its value', async () => {
    const identifiers = [
      { type: 'x-a', value: '1' },
      { type: 'isni', value: '0000000078387188' },
    ];
    const { body } = await send('post', '/api/artists', { name: 'ok', identifiers });
    expect(body.message).toEqual(['identifiers must be valid: entry 2 has a wrong check digit for isni']);
  });
});

describe('the fields of a song', () => {
  it('are stored as given', async () => {
    const { id } = await makeArtist();
    const song = {
      title: 'x'.repeat(500),
      displayArtist: 'Jane feat. John',
      isrc: 'USRC17600001',
      identifiers: [{ type: 'x-catalogue', value: 'MC-17' }],
      releaseDate: '1999',
    };
    const created = await made(`/api/artists/${id}/songs`, song);
    expectFields(created, API_FIELDS.song);
    expect(created).toMatchObject(song);
    expect(await read(`/api/songs/${created.id}`)).toEqual(created);
    const cleared = { displayArtist: null, identifiers: [], releaseDate: null };
    expect((await send('patch', `/api/songs/${created.id}`, cleared)).body.data).toMatchObject(cleared);
  });

  it.each(['1999', '1999-12', '2024-02-29'])('keep a release date of %s as precise as it is', async (releaseDate) => {
    const { id } = await makeArtist();
    const song = await made(`/api/artists/${id}/songs`, { title: 'Dated', releaseDate });
    expect((await read(`/api/songs/${song.id}`)).releaseDate).toBe(releaseDate);
  });

  it.each([
    ['title', 'x'.repeat(501)],
    ['title', 'a\u202db'],
    ['displayArtist', ''],
    ['displayArtist', 'x'.repeat(501)],
    ['releaseDate', '199'],
    ['releaseDate', '1999-'],
    ['releaseDate', '1999-1'],
    ['releaseDate', '1999-13'],
    ['releaseDate', '1999-00'],
    ['releaseDate', '0000'],
    ['releaseDate', '2023-02-29'],
    ['releaseDate', '1999-12-1'],
    ['releaseDate', 1999],
    ['identifiers', [{ type: 'isni', value: ISNI }]],
    ['identifiers', [{ type: 'spotify', value: 'spotify:artist:3WrFJ7ztbogyGnTHbHJFl2' }]],
  ])('400 for %s: %j', async (field, value) => {
    const { id } = await makeArtist();
    const path = `/api/artists/${id}/songs`;
    expectFaultsIn(await send('post', path, { title: 'ok', [field]: value }), field);
    const song = await made(path, { title: 'ok' });
    expectFaultsIn(await send('patch', `/api/songs/${song.id}`, { [field]: value }), field);
    expect(await read(`/api/songs/${song.id}`)).toEqual(song);
  });
});

describe('an identifier', () => {
  const LABEL = (value: string): object => ({ identifiers: [{ type: 'x-taken', value }] });

  it('409 identifier_taken for a second artist of the owner, naming the first; another owner may have it', async () => {
    const holder = await makeArtist({ name: 'The Holder', ...LABEL('1') });
    const other = await makeArtist({ name: 'Other' });
    for (const answer of [
      await send('post', '/api/artists', { name: 'Second', ...LABEL('1') }),
      await send('patch', `/api/artists/${other.id}`, LABEL('1')),
    ]) {
      expectRefusal(answer, 409, 'identifier_taken');
      expect(answer.body.message).toBe(`The x-taken 1 already belongs to the artist “The Holder” (${holder.id})`);
    }
    expect((await read(`/api/artists/${other.id}`)).identifiers).toEqual([]);
    expectSuccess(await send('patch', `/api/artists/${holder.id}`, LABEL('1')), 200);
    await makeArtist({ name: 'Elsewhere', ...LABEL('1') }, await signUp(app));
  });

  it('409 identifier_taken for a second song of the owner, of any artist; an ISRC stays isrc_taken', async () => {
    const [first, second] = [await makeArtist(), await makeArtist()];
    const isrc = 'USRC17600002';
    const song = await made(`/api/artists/${first.id}/songs`, { title: 'City Lights', isrc, ...LABEL('2') });
    const again = await send('post', `/api/artists/${second.id}/songs`, { title: 'Copy', ...LABEL('2') });
    expectRefusal(again, 409, 'identifier_taken');
    expect(again.body.message).toBe(`The x-taken 2 already belongs to the song “City Lights” (${song.id})`);
    expectRefusal(await send('post', `/api/artists/${second.id}/songs`, { title: 'Copy', isrc }), 409, 'isrc_taken');
    // A song and an artist may have the same one.
    await makeArtist({ name: 'Same', ...LABEL('2') });
  });

  it('is given to one of twenty artists that ask for it at once', async () => {
    const artists = await Promise.all(Array.from({ length: 20 }, (_, i) => makeArtist({ name: `Twin ${i}` })));
    const answers = await Promise.all(artists.map(({ id }) => send('patch', `/api/artists/${id}`, LABEL('3'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
    const winner = answers.find(({ status }) => status === 200)?.body.data;
    for (const { body } of answers.filter(({ status }) => status === 409)) {
      expect(body).toMatchObject({ code: 'identifier_taken', message: expect.stringContaining(winner?.id ?? '') });
    }
  });
});

describe('a look-up', () => {
  const MBID = 'b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d';
  let person: Person;
  let artist: Json;
  let song: Json;
  beforeAll(async () => {
    person = await signUp(app);
    const identifiers = [
      { type: 'isni', value: ISNI },
      { type: 'musicbrainz', value: MBID },
    ];
    artist = await makeArtist({ name: 'Known', identifiers }, person);
    const details = { title: 'Known', isrc: 'USRC17607839', identifiers: [{ type: 'x-a', value: '1' }] };
    song = await made(`/api/artists/${artist.id}/songs`, details, person);
  });
  const get = (path: string, { headers } = person): Promise<HttpAnswer> => app.http.get(path, { headers });

  it.each([
    ['isni', ISNI],
    ['isni', '0000 0000 7838 7189'],
    ['isni', `https://isni.org/isni/${ISNI}`],
    ['musicbrainz', MBID.toUpperCase()],
    ['musicbrainz', `https://musicbrainz.org/artist/${MBID}`],
  ])('200 finds an artist by %s %s', async (type, spelling) => {
    const one = await get(`/api/artists/${encodeURIComponent(spelling)}?id_type=${type}`);
    expectSuccess(one, 200);
    expect(one.body.data).toEqual(artist);
    expect(one.headers.get('etag')).toBe('"1"');
    const many = await get(`/api/artists?id_type=${type}&ids=${encodeURIComponent(spelling)}`);
    expect(many.body).toMatchObject({ data: [artist], meta: { notFound: [] } });
  });

  it.each(['usrc17607839', 'US RC1 76 07839', 'ISRC US-RC1-76-07839', 'us\u2010rc1\u201076\u201007839'])(
    '200 finds a song by the ISRC %s',
    async (spelling) => {
      expect((await get(`/api/songs/${encodeURIComponent(spelling)}?id_type=isrc`)).body.data).toEqual(song);
      const many = await get(`/api/songs?id_type=isrc&ids=${encodeURIComponent(spelling)}`);
      expect(many.body).toMatchObject({ data: [song], meta: { notFound: [] } });
    },
  );

  it('200 finds a song by an identifier of its own', async () => {
    expect((await get('/api/songs/1?id_type=x-a')).body.data).toEqual(song);
  });

  it('404 for the artist and song of another user, byte for byte as for a missing one', async () => {
    const stranger = await signUp(app);
    for (const [path, missing] of [
      [`/api/artists/${ISNI}?id_type=isni`, '/api/artists/0000000372908504?id_type=isni'],
      [`/api/artists/${MBID}?id_type=musicbrainz`, '/api/artists/x?id_type=musicbrainz'],
      ['/api/songs/USRC17607839?id_type=isrc', '/api/songs/USRC17607838?id_type=isrc'],
      ['/api/songs/1?id_type=x-a', '/api/songs/2?id_type=x-a'],
    ]) {
      const [foreign, none] = [await get(path ?? '', stranger), await get(missing ?? '', stranger)];
      expectRefusal(foreign, 404, path?.includes('artists') ? 'artist_not_found' : 'song_not_found');
      expect(foreign.text).toBe(none.text);
      expect([...foreign.headers.keys()].sort()).toEqual([...none.headers.keys()].sort());
    }
    const ids = `${artist.id},${ISNI}`;
    expect((await get(`/api/artists?ids=${ids}`, stranger)).body).toMatchObject({
      data: [],
      meta: { notFound: ids.split(',') },
    });
  });

  it('200 finds ids in the order asked, twice what is asked twice, and names what is not there as it was given', async () => {
    const [first, second, off] = [
      await makeArtist({ name: 'First' }, person),
      await makeArtist({ name: 'Second' }, person),
      await makeArtist({ name: 'Off', status: 'inactive' }, person),
    ];
    const ids = [second.id, 'nothing', first.id, off.id, String(second.id).toUpperCase(), ' x '];
    const answer = await get(`/api/artists?ids=${encodeURIComponent(ids.join())}`);
    expectSuccess(answer, 200, { list: true });
    expect(answer.body.data.map(({ name }) => name)).toEqual(['Second', 'First', 'Second']);
    expect(answer.body.meta).toEqual({
      ...{ page: null, size: 6, totalCount: null, totalPages: null, nextCursor: null },
      notFound: ['nothing', off.id, ' x '],
    });
    const songs = await get(`/api/songs?ids=${song.id},${artist.id}`);
    expect(songs.body).toMatchObject({ data: [song], meta: { notFound: [artist.id] } });
  });

  it('400 for a wrong check digit, which is named by its place among many ids', async () => {
    const wrong = '0000000078387180';
    const one = await get(`/api/artists/${wrong}?id_type=isni`);
    expectFaultsIn(one, 'id');
    const many = await get(`/api/artists?id_type=isni&ids=${ISNI},x,${wrong}`);
    expectFaultsIn(many, 'ids');
    expect(many.body.errors).toMatchObject([{ code: 'check_digit', message: expect.stringContaining('entry 3') }]);
  });

  it('400 for ids that are given twice', async () => {
    expectFaultsIn(await get(`/api/artists?ids=${artist.id}&ids=${artist.id}`), 'ids');
    expectFaultsIn(await get(`/api/songs?ids=${song.id}&ids=${song.id}`), 'ids');
  });

  it('reads many ids in one statement', async () => {
    const queries = recordRequestQueries(app.database.dataSource);
    await get(`/api/artists?ids=${[artist.id, ...Array<string>(99).fill('x')].join()}`);
    expect(queries.filter(({ text }) => text.includes('artists'))).toHaveLength(1);
  });

  it('gives an admin their own first, else the oldest', async () => {
    const boss = await admin(app);
    const identifiers = [{ type: 'x-shared', value: '1' }];
    const [older, newer] = [await signUp(app), await signUp(app)];
    const oldest = await makeArtist({ name: 'Oldest', identifiers }, older);
    await makeArtist({ name: 'Newer', identifiers }, newer);
    const path = '/api/artists/1?id_type=x-shared';
    expect((await get(path, boss)).body.data).toEqual(oldest);
    const own = await makeArtist({ name: 'Own', identifiers }, boss);
    expect((await get(path, boss)).body.data).toEqual(own);
    expect((await get('/api/artists?ids=1&id_type=x-shared', boss)).body.data).toEqual([own]);
  });

  it('403 for the owner’s inactive artist', async () => {
    await makeArtist({ name: 'Off', status: 'inactive', identifiers: [{ type: 'x-off', value: '1' }] }, person);
    expectRefusal(await get('/api/artists/1?id_type=x-off'), 403, 'artist_inactive');
  });

  it.each([
    ['/api/artists/0000000078387188?id_type=isni', 'id'],
    ['/api/artists/00000000000?id_type=ipi', 'id'],
    ['/api/artists?ids=0000000078387188&id_type=isni', 'ids'],
    ['/api/artists/x?id_type=isrc', 'id_type'],
    ['/api/songs/x?id_type=isni', 'id_type'],
    ['/api/artists?id_type=isni', 'id_type'],
    ['/api/artists?ids=', 'ids'],
    ['/api/artists?ids=a,,b', 'ids'],
    [`/api/artists?ids=${Array<string>(101).fill('x').join()}`, 'ids'],
    ['/api/artists?ids=a&size=10', 'size'],
    ['/api/artists?ids=a&sort=name', 'sort'],
    ['/api/artists?ids=a&status=active', 'status'],
    ['/api/songs?ids=a&q=x', 'q'],
    [`/api/songs?ids=a&artistId=${MBID}`, 'artistId'],
  ])('400 for %s', async (path, field) => {
    expectFaultsIn(await get(path), field);
  });
});

describe('a list of songs', () => {
  const titles = async (path: string, { headers }: Person): Promise<string[]> => {
    const answer = await app.http.get(path, { headers });
    expectSuccess(answer, 200, { list: true });
    return answer.body.data.map((song) => song.title as string);
  };

  it('200 has the songs of all active artists of the user, and none of others', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    const [on, off, foreign] = [
      await makeArtist({ name: 'On' }, person),
      await makeArtist({ name: 'Off' }, person),
      await makeArtist({ name: 'Foreign' }, other),
    ];
    for (const { id } of [on, off]) await made(`/api/artists/${id}/songs`, { title: `Of ${id}` }, person);
    await made(`/api/artists/${foreign.id}/songs`, { title: 'Foreign' }, other);
    await send('patch', `/api/artists/${off.id}`, { status: 'inactive' }, person);
    expect(await titles('/api/songs', person)).toEqual([`Of ${on.id}`]);
    expect(await titles(`/api/songs?artistId=${on.id}`, person)).toEqual([`Of ${on.id}`]);
    for (const filter of [`artistId=${off.id}`, `artistId=${foreign.id}`, `userId=${other.id}`]) {
      expect(await titles(`/api/songs?${filter}`, person)).toEqual([]);
    }
    const boss = await admin(app);
    expect(await titles(`/api/songs?userId=${person.id}`, boss)).toEqual([`Of ${on.id}`]);
    expect(await titles(`/api/songs?artistId=${foreign.id}`, boss)).toEqual(['Foreign']);
  });

  it('finds by title and credited artist, the whole title first, and sorts by title', async () => {
    const person = await signUp(app);
    const { id } = await makeArtist({ name: 'Jane' }, person);
    for (const song of [
      { title: 'Halo' },
      { title: 'Ego', displayArtist: 'Jane feat. Hälo' },
      { title: 'Ave Maria' },
      { title: 'Halo (live)' },
    ]) {
      await made(`/api/artists/${id}/songs`, song, person);
    }
    for (const path of ['/api/songs', `/api/artists/${id}/songs`]) {
      expect(await titles(`${path}?q=HALO`, person)).toEqual(['Halo', 'Halo (live)', 'Ego']);
      expect(await titles(`${path}?sort=name`, person)).toEqual(['Ave Maria', 'Ego', 'Halo', 'Halo (live)']);
      expect(await titles(`${path}?sort=-createdAt&size=1`, person)).toEqual(['Halo (live)']);
      expect(await titles(`${path}?sort=name&q=halo&size=2&page=1`, person)).toEqual(['Halo (live)']);
    }
  });
});

describe('a cursor', () => {
  it('400 with another sort, q or filter than that of its list, in each list', async () => {
    const person = await signUp(app);
    const { id } = await makeArtist({ name: 'Jane' }, person);
    await makeArtist({ name: 'Janet' }, person);
    for (const title of ['Jane', 'Janet']) await made(`/api/artists/${id}/songs`, { title }, person);
    const { headers } = person;
    for (const path of ['/api/artists', '/api/songs', `/api/artists/${id}/songs`]) {
      const { body } = await app.http.get(`${path}?q=jane&size=1`, { headers });
      const cursor = body.meta.nextCursor;
      const next = await app.http.get(`${path}?q=jane&size=1&cursor=${cursor}`, { headers });
      expect(next.body.data).toHaveLength(1);
      expect(next.body.meta.nextCursor).toBeNull();
      for (const query of ['', 'q=janet&', 'q=jane&sort=name&']) {
        expectFaultsIn(await app.http.get(`${path}?${query}cursor=${cursor}`, { headers }), 'cursor');
      }
    }
    const { body } = await app.http.get(`/api/songs?artistId=${id}&size=1`, { headers });
    expectFaultsIn(await app.http.get(`/api/songs?cursor=${body.meta.nextCursor}`, { headers }), 'cursor');
  });
});

interface LookUp {
  readonly query: string;
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly sortName?: string;
}

const LOOK_UPS = JSON.parse(
  readFileSync(new URL('../support/look-ups.json', import.meta.url), 'utf8'),
) as readonly LookUp[];

describe('a search', () => {
  let collector: Person;
  beforeAll(async () => {
    collector = await signUp(app);
    const artists = new Map(LOOK_UPS.map(({ name, aliases, sortName }) => [name, { name, aliases, sortName }]));
    for (const artist of artists.values()) await makeArtist(artist, collector);
  });

  it.each(LOOK_UPS)('for “$query” finds the artist “$name” ($aliases, $sortName)', async ({ query, name }) => {
    const path = `/api/artists?size=100&q=${encodeURIComponent(query)}`;
    const answer = await app.http.get(path, { headers: collector.headers });
    expectSuccess(answer, 200, { list: true });
    expect(answer.body.data.map((artist) => artist.name as string)).toContain(name);
  });
});
