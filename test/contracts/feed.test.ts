import { STATUS_CODES } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEED_MEDIA_TYPE } from '../../src/contracts/feed/feed.errors.js';
import { addSeconds } from '../../src/common/clock.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { UNKNOWN_ID } from '../support/api-answers.js';
import { apiKey, bearer, type CallOptions, type HttpAnswer } from '../support/http-client.js';
import { makeKey, PASSWORD, type Person, signUp } from '../support/people.js';
import { rawRequest, sendRaw } from '../support/raw-connection.js';

let app: TestApp;
const clock = new TestClock();
beforeAll(async () => {
  app = await startApp({ clock });
});
afterAll(() => app.close());

/** A user with a key and a token bound to it. */
interface Subscriber extends Person {
  readonly keyId: string;
  readonly key: Record<string, string>;
  readonly feedToken: string;
  /** The headers of a data call. */
  readonly feed: Record<string, string>;
}

async function subscribe(): Promise<Subscriber> {
  const person = await signUp(app);
  const made = await makeKey(app, person);
  const key = apiKey(made.apiKey);
  const login = await app.http.post('/auth', { headers: key, form: { username: person.email, password: PASSWORD } });
  const feedToken = login.body['access_token'];
  return { ...person, keyId: made.keyId, key, feedToken, feed: { ...key, authorization: feedToken } };
}

async function addArtist({ headers }: Person, name = 'The Midnight Collective'): Promise<string> {
  return (await app.http.post('/api/artists', { headers, json: { name } })).body.data.id;
}

async function addSong({ headers }: Person, artistId: string, song: object): Promise<string> {
  return (await app.http.post(`/api/artists/${artistId}/songs`, { headers, json: song })).body.data.id;
}

/** The nested error body, each entry with the same five digits. */
function expectFeedRefusal(answer: HttpAnswer, status: number, errorCode: string, entries = 1): void {
  expect(answer.status, answer.text).toBe(status);
  const phrase = STATUS_CODES[status];
  const entry = { error_code: errorCode, error_type: phrase, message: expect.stringMatching(/./) as string };
  expect(answer.body).toEqual({
    error: { errors: Array.from({ length: entries }, () => entry), code: status, message: phrase },
  });
}

function expectOk(answer: HttpAnswer): void {
  expect(answer.status, answer.text).toBe(200);
}

describe('POST /auth', () => {
  let me: Subscriber;
  beforeAll(async () => {
    me = await subscribe();
  });

  it('accepts a form and JSON, the e-mail and the username', async () => {
    for (const username of [me.email, me.username, me.email.toUpperCase()]) {
      const body = { username, password: PASSWORD };
      for (const call of [{ form: body }, { json: body }] satisfies CallOptions[]) {
        const answer = await app.http.post('/auth', { headers: me.key, ...call });
        expectOk(answer);
        expect(answer.body['expires_in']).toBe(86_400);
      }
    }
  });

  it('trims the username, but not the password', async () => {
    const headers = me.key;
    const log = (username: string, password: string): Promise<HttpAnswer> =>
      app.http.post('/auth', { headers, form: { username, password } });
    expectOk(await log(` ${me.username} `, PASSWORD));
    expectFeedRefusal(await log(me.username, ` ${PASSWORD} `), 401, '00019');
  });

  it('400 names each missing form field', async () => {
    const form = { username: me.email, password: PASSWORD };
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key, form: { username: me.email } }), 400, '00001');
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key, form: { password: PASSWORD } }), 400, '00001');
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key, form: {} }), 400, '00001', 2);
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key }), 400, '00001', 2);
    expectOk(await app.http.post('/auth', { headers: me.key, form }));
  });

  it('checks the key before the fields', async () => {
    for (const headers of [{}, apiKey('sk_live_nonsense')]) {
      for (const json of [{}, { username: me.email }, { username: me.email, password: PASSWORD, remember: 'yes' }]) {
        expectFeedRefusal(await app.http.post('/auth', { headers, json }), 401, '00018');
      }
    }
  });

  it('refuses an unknown form field and a repeated one', async () => {
    const form = { username: me.email, password: PASSWORD, remember: 'yes' };
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key, form }), 400, '00001');
    const raw = `${new URLSearchParams({ username: me.email, password: PASSWORD }).toString()}&password=another`;
    const headers = { ...me.key, 'content-type': 'application/x-www-form-urlencoded' };
    expectFeedRefusal(await app.http.post('/auth', { headers, raw }), 400, '00001');
  });

  it('refuses the credentials of any user but the key’s owner', async () => {
    const stranger = await signUp(app);
    const form = { username: stranger.email, password: PASSWORD };
    expectFeedRefusal(await app.http.post('/auth', { headers: me.key, form }), 401, '00019');
  });

  it('issues a token and a session that expire no later than the key', async () => {
    for (const [keySeconds, tokenSeconds] of [
      [600, 600],
      [172_800, 86_400],
    ]) {
      clock.advance(1);
      const expiresAt = addSeconds(clock.now(), keySeconds).toISOString();
      const { apiKey: key } = await makeKey(app, me, { expiresAt });
      const form = { username: me.email, password: PASSWORD };
      const answer = await app.http.post('/auth', { headers: apiKey(key), form });
      expectOk(answer);
      expect(answer.body['expires_in']).toBe(tokenSeconds);
      const sessions = await app.http.get('/api/auth/sessions', { headers: me.headers });
      expect(sessions.body.data[0].expiresAt).toBe(addSeconds(clock.now(), tokenSeconds).toISOString());
    }
  });

  it.each([
    ['a byte that begins nothing', 'username=%ff%fe&password=x'],
    ['a surrogate', 'username=a&password=%ed%a0%80'],
    ['an overlong form', 'username=%c0%80&password=x'],
    ['a percent sign that encodes nothing', 'username=100%&password=x'],
    ['a byte that is not encoded', Buffer.from([...Buffer.from('username=a'), 0xff, ...Buffer.from('&password=x')])],
    ['a name', '%ff=a'],
  ])('refuses a form that is not UTF-8: %s', async (_, raw) => {
    const headers = { ...me.key, 'content-type': 'application/x-www-form-urlencoded' };
    expectFeedRefusal(await app.http.post('/auth', { headers, raw }), 400, '00003');
  });

  it('decodes a form as UTF-8, with a plus for a space', async () => {
    const password = 'blåbær + 100% grød';
    const other = await signUp(app, { password });
    const headers = {
      ...apiKey((await makeKey(app, other)).apiKey),
      'content-type': 'application/x-www-form-urlencoded',
    };
    for (const sent of [encodeURIComponent(password), 'blåbær+%2B+100%25+gr%C3%B8d']) {
      const raw = `username=${encodeURIComponent(other.email)}&password=${sent}`;
      expectOk(await app.http.post('/auth', { headers, raw }));
    }
  });

  it('is the only path that accepts forms', async () => {
    const answer = await app.http.post('/api/auth/login', { form: { email: me.email, password: PASSWORD } });
    expect(answer.status).toBe(415);
  });
});

describe('a data call', () => {
  let me: Subscriber;
  beforeAll(async () => {
    me = await subscribe();
  });

  it('accepts the token with and without `Bearer`', async () => {
    expectOk(await app.http.get('/artists', { headers: { ...me.key, authorization: me.feedToken } }));
    expectOk(await app.http.get('/artists', { headers: { ...me.key, ...bearer(me.feedToken) } }));
  });

  it('accepts a session token of the key’s owner', async () => {
    expectOk(await app.http.get('/artists', { headers: { ...me.key, ...me.headers } }));
  });

  it('refuses every kind of token of another user beside the key', async () => {
    const stranger = await subscribe();
    for (const authorization of [stranger.feedToken, `Bearer ${stranger.token}`]) {
      expectFeedRefusal(await app.http.get('/artists', { headers: { ...me.key, authorization } }), 401, '00017');
    }
  });

  it('refuses a token bound to another key of the same user', async () => {
    const other = apiKey((await makeKey(app, me)).apiKey);
    expectFeedRefusal(await app.http.get('/artists', { headers: { ...me.feed, ...other } }), 401, '00017');
  });

  it('refuses a token without the key, and the key without a token', async () => {
    for (const path of ['/artists', `/artists/${UNKNOWN_ID}`, `/songs/${UNKNOWN_ID}`]) {
      const tokenOnly = await app.http.get(path, { headers: { authorization: me.feedToken } });
      expectFeedRefusal(tokenOnly, 401, '00018');
      expectFeedRefusal(await app.http.get(path, { headers: me.key }), 401, '00016');
    }
  });

  it('refuses an unknown query name', async () => {
    for (const path of ['/artists?page=1', `/artists/${UNKNOWN_ID}?size=1`, `/songs/${UNKNOWN_ID}?type=isrc`]) {
      expectFeedRefusal(await app.http.get(path, { headers: me.feed }), 400, '00001');
    }
  });

  it('is 00018 after the key was deleted', async () => {
    const leaver = await subscribe();
    expectOk(await app.http.get('/artists', { headers: leaver.feed }));
    await app.http.delete(`/api/auth/keys/${leaver.keyId}`, { headers: leaver.headers });
    expectFeedRefusal(await app.http.get('/artists', { headers: leaver.feed }), 401, '00018');
    const elsewhere = await app.http.get('/api/users/me', { headers: bearer(leaver.feedToken) });
    expect(elsewhere.status).toBe(401);
  });

  it('requires the scope artists:read', async () => {
    const { apiKey: secret } = await makeKey(app, me, { scopes: ['profile:read'] });
    const form = { username: me.email, password: PASSWORD };
    const login = await app.http.post('/auth', { headers: apiKey(secret), form });
    const headers = { ...apiKey(secret), authorization: login.body['access_token'] };
    expectFeedRefusal(await app.http.get('/artists', { headers }), 403, '00032');
  });
});

describe('media types', () => {
  let me: Subscriber;
  beforeAll(async () => {
    me = await subscribe();
  });

  const typeOf = ({ headers }: HttpAnswer): string | null => headers.get('content-type');

  it('are JSON without an Accept header, and otherwise the accepted one', async () => {
    const asked = [
      ['*/*', 'application/json'],
      ['application/json', 'application/json'],
      [FEED_MEDIA_TYPE, FEED_MEDIA_TYPE],
      [`text/html, ${FEED_MEDIA_TYPE};q=0.9, application/json;q=0.5`, FEED_MEDIA_TYPE],
    ];
    for (const [accept, type] of asked) {
      const answer = await app.http.get('/artists', { headers: { ...me.feed, accept } });
      expectOk(answer);
      expect(typeOf(answer), accept).toBe(`${type}; charset=utf-8`);
    }
  });

  it('are JSON for an empty Accept header', async () => {
    const headers = ['Accept:', `x-api-key: ${me.key['x-api-key']}`, `Authorization: ${me.feedToken}`];
    const answer = await sendRaw(app.url, rawRequest('GET /artists', headers));
    expectOk(answer);
    expect(typeOf(answer)).toBe('application/json; charset=utf-8');
  });

  it('apply to a login', async () => {
    const form = { username: me.email, password: PASSWORD };
    const answer = await app.http.post('/auth', { headers: { ...me.key, accept: FEED_MEDIA_TYPE }, form });
    expectOk(answer);
    expect(typeOf(answer)).toBe(`${FEED_MEDIA_TYPE}; charset=utf-8`);
  });

  it('apply to errors', async () => {
    const headers = { ...me.feed, accept: FEED_MEDIA_TYPE };
    const refusals: [HttpAnswer, number, string][] = [
      [await app.http.get('/artists', { headers: { accept: FEED_MEDIA_TYPE } }), 401, '00018'],
      [await app.http.get('/artists?size=0', { headers }), 400, '00001'],
      [await app.http.get(`/songs/${UNKNOWN_ID}`, { headers }), 404, '00042'],
      [await app.http.get('/songs/no/such/path', { headers }), 404, '00009'],
    ];
    for (const [answer, status, code] of refusals) {
      expect(typeOf(answer), answer.text).toBe(`${FEED_MEDIA_TYPE}; charset=utf-8`);
      expectFeedRefusal({ ...answer }, status, code);
    }
  });

  it('that are not available are 406, in JSON', async () => {
    for (const accept of ['text/html', 'application/vnd.luminate-data.svc-apibff.v2+json', 'application/json;q=0']) {
      const answer = await app.http.get('/artists', { headers: { ...me.feed, accept } });
      expectFeedRefusal(answer, 406, '00005');
      expect(typeOf(answer)).toBe('application/json; charset=utf-8');
    }
  });
});

describe('GET /artists', () => {
  it('lists the owner’s active artists, newest first, ten by default', async () => {
    const me = await subscribe();
    const ids = [];
    for (let i = 0; i < 11; i++) ids.unshift(await addArtist(me, `Artist ${i}`));
    await addArtist(await signUp(app), 'Somebody else’s');
    const answer = await app.http.get('/artists', { headers: me.feed });
    expectOk(answer);
    const results = ids.slice(0, 10).map((id, i) => ({ id, artist_name: `Artist ${10 - i}` }));
    expect(answer.body).toEqual({ results, from: 0, size: 10, total_results: 11, next_cursor: expect.any(String) });

    const rest = await app.http.get('/artists?from=9&size=50', { headers: me.feed });
    expect(rest.body).toMatchObject({ from: 9, size: 50, total_results: 11 });
    expect(rest.body['results'].map(({ id }) => id)).toEqual(ids.slice(9));
    const beyond = await app.http.get('/artists?from=11', { headers: me.feed });
    expect(beyond.body).toEqual({ results: [], from: 11, size: 10, total_results: 11, next_cursor: null });
  });

  it('walks by cursor: each artist that stays exactly once, while others come and go', async () => {
    const me = await subscribe();
    const stay: string[] = [];
    const go: string[] = [];
    for (let i = 0; i < 12; i++) (i % 3 === 0 ? go : stay).unshift(await addArtist(me, `Artist ${i}`));
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? 'size=3' : `size=3&cursor=${cursor}`;
      const answer = await app.http.get(`/artists?${query}`, { headers: me.feed });
      expectOk(answer);
      if (cursor !== '') expect(answer.body).toMatchObject({ from: null, total_results: null, size: 3 });
      seen.push(...answer.body['results'].map(({ id }) => id as string));
      cursor = answer.body['next_cursor'];
      // One comes, and one goes: of those seen as of those to come.
      await addArtist(me, 'Newcomer');
      const leaver = go.pop();
      if (leaver !== undefined) await app.http.delete(`/api/artists/${leaver}`, { headers: me.headers });
    }
    expect(seen.filter((id) => stay.includes(id))).toEqual(stay);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('refuses a cursor together with from', async () => {
    const me = await subscribe();
    for (let i = 0; i < 2; i++) await addArtist(me);
    const { body } = await app.http.get('/artists?size=1', { headers: me.feed });
    const answer = await app.http.get(`/artists?from=0&cursor=${body['next_cursor']}`, { headers: me.feed });
    expectFeedRefusal(answer, 400, '00001');
  });

  it.each(['', 'x', 'AAAA', '%00'])('refuses the cursor %j by no name of another contract', async (cursor) => {
    const answer = await app.http.get(`/artists?cursor=${cursor}`, { headers: (await subscribe()).feed });
    expectFeedRefusal(answer, 400, '00001');
    expect(answer.text).not.toContain('nextCursor');
  });

  it.each(['size=51', 'size=0', 'size=-1', 'size=ten', 'size=', 'size=1.5', 'from=-1', 'from=x', 'size=1&size=2'])(
    'refuses ?%s',
    async (query) => {
      const me = await subscribe();
      expectFeedRefusal(await app.http.get(`/artists?${query}`, { headers: me.feed }), 400, '00001');
    },
  );
});

describe('artists and songs', () => {
  let me: Subscriber;
  let artistId: string;
  beforeAll(async () => {
    me = await subscribe();
    artistId = await addArtist(me);
  });

  it('present an artist in snake case', async () => {
    const answer = await app.http.get(`/artists/${artistId}`, { headers: me.feed });
    expectOk(answer);
    expect(answer.body).toEqual({ id: artistId, artist_name: 'The Midnight Collective' });
  });

  it('present a song with its duration in seconds', async () => {
    const song = { title: 'City Lights', isrc: 'USRC11111111', releaseDate: '2024-02-29', durationMs: 215_250 };
    const id = await addSong(me, artistId, song);
    const answer = await app.http.get(`/songs/${id}`, { headers: me.feed });
    expectOk(answer);
    expect(answer.body).toEqual({
      id,
      isrc: 'USRC11111111',
      title: 'City Lights',
      display_artist_name: 'The Midnight Collective',
      artists: [{ id: artistId, name: 'The Midnight Collective' }],
      release_date: '2024-02-29',
      duration: 215.25,
    });
  });

  it('present missing values of a song as null', async () => {
    const id = await addSong(me, artistId, { title: 'Untitled' });
    const answer = await app.http.get(`/songs/${id}`, { headers: me.feed });
    expectOk(answer);
    expect(answer.body).toMatchObject({ id, isrc: null, release_date: null, duration: null });
  });

  it('find a song by its ISRC with or without hyphens, and by its id with id_type=luminate', async () => {
    const id = await addSong(me, artistId, { title: 'Found', isrc: 'US-RC1-22-22222' });
    for (const path of ['USRC12222222?id_type=isrc', 'US-RC1-22-22222?id_type=isrc', `${id}?id_type=luminate`, id]) {
      const answer = await app.http.get(`/songs/${path}`, { headers: me.feed });
      expectOk(answer);
      expect(answer.body).toMatchObject({ id, isrc: 'USRC12222222' });
    }
    expectFeedRefusal(await app.http.get(`/songs/USRC12222222`, { headers: me.feed }), 404, '00042');
    expectFeedRefusal(await app.http.get(`/songs/${id}?id_type=isrc`, { headers: me.feed }), 404, '00042');
    expectFeedRefusal(await app.http.get(`/songs/${id}?id_type=spotify`, { headers: me.feed }), 400, '00001');
  });

  it('answer 404 for those of another user, as for a missing one', async () => {
    const songId = await addSong(me, artistId, { title: 'Mine', isrc: 'USRC13333333' });
    const { feed } = await subscribe();
    const calls: [path: string, missing: string, code: string][] = [
      [`/artists/${artistId}`, `/artists/${UNKNOWN_ID}`, '00041'],
      [`/songs/${songId}`, `/songs/${UNKNOWN_ID}`, '00042'],
      ['/songs/USRC13333333?id_type=isrc', '/songs/USRC19999999?id_type=isrc', '00042'],
    ];
    for (const [path, missing, code] of calls) {
      const [foreign, none] = [
        await app.http.get(path, { headers: feed }),
        await app.http.get(missing, { headers: feed }),
      ];
      expectFeedRefusal(foreign, 404, code);
      expect(foreign.text).toBe(none.text);
    }
  });

  it('refuse the owner an inactive artist and its songs, and omit it from the list', async () => {
    const owner = await subscribe();
    const [kept, rested] = [await addArtist(owner, 'Kept'), await addArtist(owner, 'Rested')];
    const songId = await addSong(owner, rested, { title: 'Quiet', isrc: 'USRC14444444' });
    await app.http.patch(`/api/artists/${rested}`, { headers: owner.headers, json: { status: 'inactive' } });
    for (const path of [`/artists/${rested}`, `/songs/${songId}`, '/songs/USRC14444444?id_type=isrc']) {
      expectFeedRefusal(await app.http.get(path, { headers: owner.feed }), 403, '00033');
    }
    const list = await app.http.get('/artists', { headers: owner.feed });
    expect(list.body['results']).toEqual([{ id: kept, artist_name: 'Kept' }]);
    expect(list.body['total_results']).toBe(1);
  });
});

describe('the documented query names', () => {
  const ISNI = '0000000078387189';
  let me: Subscriber;
  let artistId: string;
  let songId: string;
  beforeAll(async () => {
    me = await subscribe();
    const identifiers = [
      { type: 'isni', value: ISNI },
      { type: 'x-a', value: '1' },
      { type: 'x-a', value: '2' },
    ];
    const artist = { name: 'Jane', aliases: ['JJ'], identifiers };
    artistId = (await app.http.post('/api/artists', { headers: me.headers, json: artist })).body.data.id;
    const song = {
      title: 'Halo',
      isrc: 'USRC17607839',
      displayArtist: 'Jane feat. John',
      identifiers: [identifiers[1]],
    };
    songId = await addSong(me, artistId, { ...song, releaseDate: '1999-12' });
  });
  const get = (path: string): Promise<HttpAnswer> => app.http.get(path, { headers: me.feed });

  it('id_type=isni and id_type=isrc read every spelling', async () => {
    for (const spelling of ['0000 0000 7838 7189', '0000-0000-7838-7189', ISNI]) {
      expect((await get(`/artists/${encodeURIComponent(spelling)}?id_type=isni`)).body).toMatchObject({ id: artistId });
    }
    for (const spelling of [
      'usrc17607839',
      'US RC1 76 07839',
      'ISRC US-RC1-76-07839',
      'us\u2010rc1\u201076\u201007839',
    ]) {
      const answer = await get(`/songs/${encodeURIComponent(spelling)}?id_type=isrc`);
      expect(answer.body, spelling).toMatchObject({ id: songId, isrc: 'USRC17607839' });
    }
    expect((await get(`/artists/${artistId}?id_type=luminate`)).body).toEqual({ id: artistId, artist_name: 'Jane' });
    expectFeedRefusal(await get(`/artists/${artistId}?id_type=isni`), 404, '00041');
  });

  it('metadata_level=max adds identifiers and other names', async () => {
    const max = { id: artistId, artist_name: 'Jane', isni: ISNI, alternate_names: ['JJ'] };
    expect((await get(`/artists/${artistId}?metadata_level=max`)).body).toEqual(max);
    expect((await get('/artists?metadata_level=max')).body['results']).toEqual([max]);
    expect((await get(`/artists/${artistId}?metadata_level=min`)).body).toEqual({ id: artistId, artist_name: 'Jane' });
    expect((await get(`/songs/${songId}?metadata_level=max`)).body).toEqual({
      id: songId,
      isrc: 'USRC17607839',
      title: 'Halo',
      display_artist_name: 'Jane feat. John',
      artists: [{ id: artistId, name: 'Jane' }],
      release_date: '1999-12',
      duration: null,
      identifiers: [{ type: 'x-a', value: '1' }],
    });
  });

  it('external_ids=true adds the identifiers by type', async () => {
    const artist = { isni: [ISNI], 'x-a': ['1', '2'] };
    expect((await get(`/artists/${artistId}?external_ids=true`)).body['external_ids']).toEqual(artist);
    expect((await get('/artists?external_ids=true')).body['results'][0].external_ids).toEqual(artist);
    const song = (await get(`/songs/${songId}?external_ids=true`)).body['external_ids'];
    expect(song).toEqual({ isrc: ['USRC17607839'], 'x-a': ['1'] });
    expect((await get(`/songs/${songId}?external_ids=false&relationships=none`)).body).not.toHaveProperty(
      'external_ids',
    );
  });

  it.each(['metrics=all', 'atd=true', 'location=US', 'start_date=2024-01-01', 'end_date=2024-02-29'])(
    '%s is answered with no figures',
    async (query) => {
      for (const path of [`/artists/${artistId}`, `/songs/${songId}`]) {
        expect((await get(`${path}?${query}`)).body['metrics'], query).toEqual([]);
      }
    },
  );

  it.each([
    ...['id_type=ipi', 'metadata_level=all', 'external_ids=yes', 'relationships=all', 'metrics=none', 'atd=1'],
    ...['location=USA', 'start_date=2024-02-30', 'end_date=2024', 'market=US'],
  ])('refuse ?%s', async (query) => {
    expectFeedRefusal(await get(`/artists/${artistId}?${query}`), 400, '00001');
    expectFeedRefusal(await get(`/songs/${songId}?${query}`), 400, '00001');
  });

  it.each(['metrics=all', 'id_type=luminate'])('the list refuses ?%s', async (query) => {
    expectFeedRefusal(await get(`/artists?${query}`), 400, '00001');
  });
});
