import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/common/ids.js';
import { expectNoContent, expectRefusal, expectSuccess } from '../support/api-answers.js';
import { startApp, type TestApp } from '../support/app.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { expectImportTwice } from '../support/large-import.js';
import { admin, makeKey, type Person, signUp } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

type Line = Record<string, unknown>;
type Caller = Pick<Person, 'headers'>;

const post = (raw: string, { headers }: Caller): Promise<HttpAnswer> =>
  app.http.post('/api/catalogue/import', { raw, headers: { ...headers, 'content-type': 'application/x-ndjson' } });

const parsed = (text: string): Line[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

async function importLines(person: Caller, lines: readonly object[]): Promise<Line[]> {
  const { status, text } = await post(lines.map((line) => JSON.stringify(line)).join('\n'), person);
  expect(status, text).toBe(200);
  return parsed(text);
}

async function exportLines({ headers }: Caller): Promise<Line[]> {
  const { status, text } = await app.http.get('/api/catalogue/export', { headers });
  expect(status, text).toBe(200);
  return text === '' ? [] : parsed(text);
}

/** Everything that is stored of the roster, versions included. */
const rosterOf = ({ id }: Person): Promise<Line[]> =>
  app.database.query<Line>(
    `SELECT artists.*, (SELECT jsonb_agg(songs ORDER BY songs.id) FROM songs WHERE artist_id = artists.id) AS songs
       FROM artists WHERE user_id = $1 ORDER BY artists.id`,
    [id],
  );

const own = (value: string): { type: string; value: string } => ({ type: 'x-catalogue', value });
const done = (counts: Partial<Record<'created' | 'updated' | 'unchanged' | 'refused', number>>): object => ({
  done: true,
  created: 0,
  updated: 0,
  unchanged: 0,
  refused: 0,
  ...counts,
});

const FULL = {
  name: 'Beyoncé',
  sortName: 'Knowles, Beyoncé',
  aliases: ['Queen B', 'ビヨンセ'],
  disambiguation: 'singer from Houston',
  identifiers: [{ type: 'isni', value: '0000 0000 7838 7189' }, own('B-1')],
  songs: [
    {
      title: 'Halo',
      displayArtist: 'Beyoncé feat. No One',
      isrc: 'us-sm1-08-04556',
      identifiers: [own('S-1')],
      releaseDate: '2008-11',
      durationMs: 261_000,
    },
    { title: 'Single Ladies', identifiers: [own('S-2')], releaseDate: '2008' },
  ],
};

describe('an import of a catalogue', () => {
  it('creates artists with their songs, in order, and counts them', async () => {
    const person = await signUp(app);
    const lines = Array.from({ length: 250 }, (_, i) => ({ name: `Artist ${i}`, identifiers: [own(`A-${i}`)] }));
    const answers = await importLines(person, [FULL, ...lines]);
    expect(answers[0]).toMatchObject({
      line: 1,
      result: 'created',
      songs: { created: 2, updated: 0, unchanged: 0 },
    });
    expect(answers.slice(1, -1)).toEqual(
      lines.map((_, i) => ({ line: i + 2, result: 'created', id: expect.any(String) as string })),
    );
    expect(answers.at(-1)).toEqual(done({ created: 251 }));
    const [row] = (await rosterOf(person)).filter(({ id }) => id === answers[0]?.['id']);
    expect(row).toMatchObject({
      ...{ name: 'Beyoncé', sort_name: 'Knowles, Beyoncé', disambiguation: 'singer from Houston', status: 'active' },
      aliases: ['Queen B', 'ビヨンセ'],
      identifiers: [{ type: 'isni', value: '0000000078387189' }, own('B-1')],
      songs: [
        {
          ...{ title: 'Halo', display_artist: 'Beyoncé feat. No One', isrc: 'USSM10804556', release_date: '2008-11' },
          ...{ duration_ms: 261_000, identifiers: [own('S-1')], user_id: person.id },
        },
        { title: 'Single Ladies', display_artist: null, isrc: null, release_date: '2008', identifiers: [own('S-2')] },
      ],
    });
  });

  it('can be searched at once', async () => {
    const person = await signUp(app);
    const [{ id } = {}] = await importLines(person, [FULL]);
    await importLines(person, [{ ...FULL, name: 'BEYONCE' }]);
    for (const q of ['beyonce', 'queen b', 'knowles']) {
      const { body } = await app.http.get(`/api/artists?q=${encodeURIComponent(q)}`, { headers: person.headers });
      expect(
        body.data.map((artist) => artist.id),
        q,
      ).toEqual([id]);
    }
  });

  it('of several batches with bad lines among them answers each in order, and writes nothing the second time', () =>
    expectImportTwice(app, 1000));

  it('of the same file again writes nothing', async () => {
    const person = await signUp(app);
    const lines = [FULL, { name: 'Other', identifiers: [own('O')], songs: [{ title: 'One', isrc: 'USRC17607839' }] }];
    await importLines(person, lines);
    const before = await rosterOf(person);
    const again = await importLines(person, lines);
    expect(again.map(({ result }) => result)).toEqual(['unchanged', 'unchanged', undefined]);
    expect(again[0]?.['songs']).toEqual({ created: 0, updated: 0, unchanged: 2 });
    expect(again.at(-1)).toEqual(done({ unchanged: 2 }));
    expect(await rosterOf(person)).toEqual(before);
  });

  it('keeps what is left out, clears what is null, and only adds aliases and identifiers', async () => {
    const person = await signUp(app);
    const [first] = await importLines(person, [FULL]);
    const answers = await importLines(person, [
      {
        sortName: null,
        aliases: ['Bey', 'Queen B'],
        identifiers: [own('B-2'), { type: 'isni', value: '0000000078387189' }],
        songs: [{ isrc: 'USSM10804556', displayArtist: null, durationMs: 262_000 }],
      },
    ]);
    expect(answers).toEqual([
      { line: 1, result: 'updated', id: first?.['id'], songs: { created: 0, updated: 1, unchanged: 0 } },
      done({ updated: 1 }),
    ]);
    expect((await rosterOf(person))[0]).toMatchObject({
      ...{ name: 'Beyoncé', sort_name: null, disambiguation: 'singer from Houston', version: 2 },
      aliases: ['Queen B', 'ビヨンセ', 'Bey'],
      identifiers: [{ type: 'isni', value: '0000000078387189' }, own('B-1'), own('B-2')],
      songs: [
        { title: 'Halo', display_artist: null, duration_ms: 262_000, release_date: '2008-11', version: 2 },
        { title: 'Single Ladies', version: 1 },
      ],
    });
  });

  it('answers updated for an artist of whom only a song changed, whose version stays', async () => {
    const person = await signUp(app);
    await importLines(person, [FULL]);
    const [answer] = await importLines(person, [
      { identifiers: [own('B-1')], songs: [{ isrc: 'USSM10804556', title: 'HALO' }] },
    ]);
    expect(answer).toMatchObject({ result: 'updated', songs: { created: 0, updated: 1, unchanged: 0 } });
    expect((await rosterOf(person))[0]).toMatchObject({ version: 1 });
  });

  it('leaves no changed text for the background to fold, also where the new one folds like the old one', async () => {
    const person = await signUp(app);
    const line = (name: string): object => ({
      name,
      identifiers: [own('F')],
      songs: [{ title: name, identifiers: [own('F')] }],
    });
    for (const name of ['Beyonce', 'Beyoncé', 'Other']) {
      await importLines(person, [line(name)]);
      const [artist] = await rosterOf(person);
      expect(artist).toMatchObject({
        name,
        folded: expect.any(String),
        songs: [{ title: name, folded: expect.any(String) }],
      });
    }
    expect((await rosterOf(person))[0]).toMatchObject({ version: 3, songs: [{ version: 3 }] });
  });

  it('adds up lines of one artist, also in one batch', async () => {
    const person = await signUp(app);
    const lines = [1, 2, 3].map((n) => ({
      name: 'Split',
      identifiers: [own('SPLIT')],
      songs: [{ title: `Song ${n}`, identifiers: [own(`SPLIT-${n}`)] }],
    }));
    const answers = await importLines(person, lines);
    expect(answers.map(({ result }) => result)).toEqual(['created', 'updated', 'updated', undefined]);
    expect(new Set(answers.slice(0, 3).map(({ id }) => id)).size).toBe(1);
    expect((await rosterOf(person))[0]?.['songs']).toHaveLength(3);
  });

  it('refuses lines that are wrong by their number, stores nothing of them and goes on', async () => {
    const person = await signUp(app);
    const good = (n: number): object => ({ name: `Good ${n}`, identifiers: [own(`G-${n}`)] });
    const bad = { name: 'Bad', identifiers: [own('BAD')] };
    const song = { title: 'Song', isrc: 'USRC17607840' };
    const cases: readonly (readonly [unknown, string])[] = [
      [{ name: 'Bad' }, 'identifiers must have'],
      [{ name: 'Bad', identifiers: [] }, 'identifiers must have'],
      [{ identifiers: [own('BAD')] }, 'name is required'],
      [{ ...bad, name: '' }, 'name must be'],
      [{ ...bad, nickname: 'x' }, 'nickname is not a known field'],
      [{ ...bad, id: newId() }, 'id is not a known field'],
      [{ ...bad, userId: newId() }, 'userId is not a known field'],
      [{ ...bad, identifiers: [{ type: 'isni', value: '0000000078387180' }] }, 'check digit'],
      [{ ...bad, status: 'gone' }, 'status must be'],
      [{ ...bad, songs: {} }, 'songs must be a list'],
      [{ ...bad, songs: [song, 'x'] }, 'songs must be a list'],
      [{ ...bad, songs: [song, { title: 'No id' }] }, 'songs.1.identifiers must have'],
      [{ ...bad, songs: [{ isrc: 'USRC17607841' }] }, 'songs.0.title is required'],
      [{ ...bad, songs: [song, { title: 'x', isrc: 'nonsense' }] }, 'songs.1.isrc must be'],
      [{ ...bad, songs: [song, { ...song, title: 'Twice' }] }, 'songs.0 and songs.1 are the same song'],
      [{ ...bad, songs: [{ ...song, artistId: newId() }] }, 'songs.0.artistId is not a known field'],
    ];
    const answers = await importLines(
      person,
      cases.flatMap(([line], n) => [good(n), line as object]),
    );
    for (const [n, [, message]] of cases.entries()) {
      expect(answers[2 * n]).toMatchObject({ line: 2 * n + 1, result: 'created' });
      expect(answers[2 * n + 1]).toMatchObject({
        line: 2 * n + 2,
        result: 'refused',
        code: expect.stringMatching(/^(invalid_request|identifier_taken)$/) as string,
        message: expect.stringContaining(message) as string,
      });
    }
    // As every error of this API has them.
    expect(answers[2 * 7 + 1]?.['errors']).toEqual([
      {
        field: 'identifiers',
        code: 'check_digit',
        message: 'Entry 1 has a wrong check digit for isni',
      },
    ]);
    expect(answers[2 * 12 + 1]?.['errors']).toMatchObject([{ field: 'songs.0.title', code: 'required' }]);
    expect(answers[2 * 13 + 1]?.['errors']).toMatchObject([{ field: 'songs.1.isrc', code: 'format' }]);
    expect(answers[2 * 14 + 1]?.['errors']).toMatchObject([{ field: 'songs.1', code: 'taken' }]);
    expect(answers.at(-1)).toEqual(done({ created: cases.length, refused: cases.length }));
    const stored = await rosterOf(person);
    expect(stored.map(({ name }) => name)).toEqual(cases.map((_, n) => `Good ${n}`));
    expect(stored.every(({ songs }) => songs === null)).toBe(true);
  });

  it('refuses lines that are no JSON, and too long ones, by their number', async () => {
    const person = await signUp(app);
    const line = JSON.stringify({ name: 'Good', identifiers: [own('GOOD')] });
    const { text } = await post(`{"name":\n\n{"name":"${'x'.repeat(110_000)}"}\n${line}`, person);
    expect(parsed(text)).toMatchObject([
      { line: 1, result: 'refused', code: 'malformed_json' },
      { line: 2, result: 'refused', code: 'payload_too_large' },
      { line: 3, result: 'created' },
      done({ created: 1, refused: 2 }),
    ]);
  });

  it('reads a file that begins with a byte order mark', async () => {
    const person = await signUp(app);
    const { text } = await post(`\ufeff${JSON.stringify({ name: 'Good', identifiers: [own('GOOD')] })}`, person);
    expect(parsed(text)).toMatchObject([{ line: 1, result: 'created' }, done({ created: 1 })]);
  });

  it('refuses a line with more objects and lists than a roster has', async () => {
    const person = await signUp(app);
    const line = (songs: number): string =>
      JSON.stringify({ name: 'Many', identifiers: [own('MANY')], songs: Array(songs).fill({}) });
    const { text } = await post(`${line(9996)}\n${line(9997)}`, person);
    expect(parsed(text)).toMatchObject([
      { line: 1, message: expect.stringContaining('songs.0.identifiers must have') },
      { line: 2, message: 'The line has more than 10000 objects and lists' },
      done({ refused: 2 }),
    ]);
  });

  it('refuses identifiers of two artists, and songs of another artist, which it names', async () => {
    const person = await signUp(app);
    const [one, two] = await importLines(person, [
      {
        name: 'One',
        identifiers: [own('1')],
        songs: [{ title: 'Song', isrc: 'USRC17607842', identifiers: [own('S')] }],
      },
      { name: 'Two', identifiers: [own('2')] },
    ]);
    const before = await rosterOf(person);
    const answers = await importLines(person, [
      { name: 'Both', identifiers: [own('1'), own('2')] },
      { identifiers: [own('2')], songs: [{ title: 'Mine now', isrc: 'USRC17607842' }] },
      { name: 'New', identifiers: [own('3')], songs: [{ title: 'Mine now', identifiers: [own('S')] }] },
    ]);
    expect(answers.slice(0, 3).map(({ code }) => code)).toEqual(Array(3).fill('identifier_taken'));
    expect(answers[0]?.['message']).toContain(String(one?.['id']));
    expect(answers[0]?.['message']).toContain(String(two?.['id']));
    for (const answer of answers.slice(1, 3)) expect(answer['message']).toContain(`“One” (${String(one?.['id'])})`);
    const fields = answers
      .slice(0, 3)
      .map(({ errors }) => (errors as { readonly field: string }[]).map(({ field }) => field));
    expect(fields).toEqual([['identifiers'], ['songs.0'], ['songs.0']]);
    expect(await rosterOf(person)).toEqual(before);
  });

  it('adds no alias and no identifier beyond 50, also after a merge', async () => {
    const person = await signUp(app);
    const aliases = Array.from({ length: 50 }, (_, i) => `Alias ${i}`);
    await importLines(person, [{ name: 'Many', identifiers: [own('M')], aliases }]);
    const answers = await importLines(person, [
      { identifiers: [own('M')], aliases: ['One more'] },
      { identifiers: [own('M')], aliases: ['Alias 7'] },
      { identifiers: [own('M'), ...Array.from({ length: 49 }, (_, i) => own(`M-${i}`))] },
      {
        identifiers: [own('M'), own('one more')].map(({ type, value }) => ({
          type,
          value: value.replaceAll(' ', '-'),
        })),
      },
    ]);
    expect(answers.map(({ result }) => result)).toEqual(['refused', 'unchanged', 'updated', 'refused', undefined]);
    await app.database.query('UPDATE artists SET aliases = aliases || $2 WHERE user_id = $1', [
      person.id,
      ['51', '52'],
    ]);
    const later = await importLines(person, [
      { identifiers: [own('M')], aliases: ['51'], disambiguation: 'changed' },
      { identifiers: [own('M')], aliases: ['53'] },
    ]);
    expect(later.map(({ result }) => result)).toEqual(['updated', 'refused', undefined]);
  });

  it('handles inactive artists like others, but only an admin makes them active', async () => {
    const [person, boss] = [await signUp(app), await admin(app)];
    for (const owner of [person, boss]) {
      await importLines(owner, [{ name: 'Off', identifiers: [own('OFF')], status: 'inactive' }]);
      const [renamed, on] = await importLines(owner, [
        { name: 'Renamed', identifiers: [own('OFF')], songs: [{ title: 'Song', identifiers: [own('S')] }] },
        { identifiers: [own('OFF')], status: 'active' },
      ]);
      expect(renamed).toMatchObject({ result: 'updated', songs: { created: 1 } });
      expect(on).toMatchObject(owner === boss ? { result: 'updated' } : { result: 'refused', code: 'artist_inactive' });
      expect((await rosterOf(owner))[0]).toMatchObject({
        name: 'Renamed',
        status: owner === boss ? 'active' : 'inactive',
      });
    }
  });

  it('is about the roster of the caller alone: others, admins too, may have the same identifiers', async () => {
    const [person, boss] = [await signUp(app), await admin(app)];
    await importLines(person, [FULL]);
    const before = await rosterOf(person);
    expect((await importLines(boss, [{ ...FULL, name: 'Mine' }]))[0]).toMatchObject({ result: 'created' });
    const [{ id } = {}] = await rosterOf(person);
    const stagedoor = { name: 'Stolen', identifiers: [{ type: 'stagedoor', value: id }] };
    expect((await importLines(boss, [stagedoor]))[0]).toMatchObject({ result: 'created' });
    expect(await rosterOf(person)).toEqual(before);
  });

  it('finds an artist by the id of this installation, and a merged one by its old id', async () => {
    const person = await signUp(app);
    const [one, two] = await importLines(person, [
      { name: 'One', identifiers: [own('1')] },
      { name: 'Two', identifiers: [own('2')] },
    ]);
    const [from, into] = [String(one?.['id']), String(two?.['id'])];
    const json = { into };
    expectSuccess(await app.http.post(`/api/artists/${from}/merge`, { json, headers: person.headers }), 200);
    const before = await rosterOf(person);
    const answers = await importLines(person, [
      { identifiers: [{ type: 'stagedoor', value: into.toUpperCase() }] },
      { identifiers: [{ type: 'stagedoor', value: from }] },
      { identifiers: [{ type: 'stagedoor', value: from }, own('2')] },
    ]);
    expect(answers.slice(0, 3).map(({ result, id }) => [result, id])).toEqual(Array(3).fill(['unchanged', into]));
    expect(await rosterOf(person)).toEqual(before);
  });

  it('lets two songs exchange their ISRCs', async () => {
    const person = await signUp(app);
    const song = (id: string, isrc: string | null): object => ({ title: id, identifiers: [own(id)], isrc });
    const line = (...songs: object[]): object => ({ name: 'Swap', identifiers: [own('SWAP')], songs });
    const [x, y] = ['USRC17607850', 'USRC17607851'] as const;
    await importLines(person, [line(song('X', x), song('Y', y))]);
    const answers = await importLines(person, [line(song('X', null)), line(song('Y', x)), line(song('X', y))]);
    expect(answers.map(({ result }) => result)).toEqual(['updated', 'updated', 'updated', undefined]);
    expect((await rosterOf(person))[0]?.['songs']).toMatchObject([{ isrc: y }, { isrc: x }]);
  });

  it('of one file twice at once stores every row once, and refuses none', async () => {
    const person = await signUp(app);
    const lines = Array.from({ length: 40 }, (_, i) => ({
      name: `Artist ${i}`,
      identifiers: [own(`A-${i}`)],
      songs: [{ title: 'Song', identifiers: [own(`S-${i}`)] }],
    }));
    const raws = [lines, lines.toReversed()].map((some) => some.map((line) => JSON.stringify(line)).join('\n'));
    const answers = await Promise.all(raws.map((raw) => post(raw, person)));
    for (const { status, text } of answers) {
      expect(status).toBe(200);
      expect(parsed(text).at(-1)).toMatchObject({ done: true, refused: 0, updated: 0 });
    }
    expect(await rosterOf(person)).toHaveLength(40);
  });

  it('of identifiers that other requests take at the same time makes each artist once, whoever is first', async () => {
    const person = await signUp(app);
    const made = Array.from({ length: 10 }, (_, i) =>
      app.http.post('/api/artists', {
        json: { name: `By hand ${i}`, identifiers: [own(`R-${i}`)] },
        headers: person.headers,
      }),
    );
    const lines = Array.from({ length: 10 }, (_, i) => ({ name: `Imported ${i}`, identifiers: [own(`R-${i}`)] }));
    const [answers, ...byHand] = await Promise.all([importLines(person, lines), ...made]);
    expect(answers.at(-1)).toMatchObject({ done: true, refused: 0 });
    for (const [i, { status }] of byHand.entries()) {
      expect([status, answers[i]?.['result']]).toEqual(status === 201 ? [201, 'updated'] : [409, 'created']);
    }
    const names = (await rosterOf(person)).map(({ name }) => String(name));
    expect(names.sort()).toEqual(lines.map(({ name }) => name));
  });
});

describe('who may import and export', () => {
  const line = { name: 'Midnight', identifiers: [own('MC-17')] };

  it('is who may write, or read, artists', async () => {
    const person = await signUp(app);
    const reader = { headers: apiKey((await makeKey(app, person, { scopes: ['artists:read'] })).apiKey) };
    const writer = { headers: apiKey((await makeKey(app, person, { scopes: ['artists:write'] })).apiKey) };
    expectRefusal(await post(JSON.stringify(line), reader), 403, 'insufficient_scope');
    expectRefusal(await app.http.get('/api/catalogue/export', writer), 403, 'insufficient_scope');
    expect((await importLines(writer, [line])).at(-1)).toEqual(done({ created: 1 }));
    expect(await exportLines(reader)).toEqual([line]);
    expectRefusal(await post(JSON.stringify(line), { headers: {} }), 401, 'authentication_required');
    expectRefusal(await app.http.get('/api/catalogue/export'), 401, 'authentication_required');
  });

  it.each(['session', 'key'] as const)('is asked again with each batch: revoked by %s', async (kind) => {
    const person = await signUp(app);
    const { keyId, apiKey: secret } = await makeKey(app, person);
    const header = kind === 'key' ? `x-api-key: ${secret}` : `Authorization: Bearer ${person.token}`;
    const connection = await RawConnection.open(app.url);
    const text = (value: string): string => `${JSON.stringify({ name: value, identifiers: [own(value)] })}\n`;
    const length = text('first').length + text('other').length;
    const head = `Host: x\r\n${header}\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${length}`;
    connection.send(`POST /api/catalogue/import HTTP/1.1\r\n${head}\r\n\r\n${text('first')}`);
    await connection.hears('"result":"created"');
    if (kind === 'key') {
      expectNoContent(await app.http.delete(`/api/auth/keys/${keyId}`, { headers: person.headers }));
    } else {
      await app.http.post('/api/auth/logout', { headers: person.headers });
    }
    connection.send(text('other'));
    await connection.hears(`"done":false,"created":1,`);
    connection.destroy();
    expect((await rosterOf(person)).map(({ name }) => name)).toEqual(['first']);
  });

  it('runs two imports at a time; the next may begin when one is cut off', async () => {
    const person = await signUp(app);
    const open = async (): Promise<RawConnection> => {
      const connection = await RawConnection.open(app.url);
      const head = `Host: x\r\nAuthorization: Bearer ${person.token}\r\nContent-Type: application/x-ndjson`;
      connection.send(
        `POST /api/catalogue/import HTTP/1.1\r\n${head}\r\nContent-Length: 1000\r\n\r\n${JSON.stringify(line)}\n{"half`,
      );
      await connection.hears('"line":1');
      return connection;
    };
    const [one, two] = [await open(), await open()];
    expectRefusal(await post('', person), 429, 'rate_limited');
    one.destroy();
    await expect.poll(async () => (await post('', person)).status).toBe(200);
    two.destroy();
    expect(await rosterOf(person)).toHaveLength(1);
  });
});

describe('an export of a catalogue', () => {
  it('of an empty roster is empty', async () => {
    expect(await exportLines(await signUp(app))).toEqual([]);
  });

  it('imported into an empty roster is the same export again', async () => {
    const [owner, mover] = [await signUp(app), await signUp(app)];
    const songs = Array.from({ length: 1000 }, (_, i) => ({
      title: `Song ${i}${'x'.repeat(i % 400)}`,
      ...(i % 3 === 0 ? { isrc: `USRC1760${String(i).padStart(4, '0')}` } : { identifiers: [own(`L-${i}`)] }),
      ...(i % 2 === 0 && { releaseDate: '1999-12-31', durationMs: i + 1 }),
    }));
    await importLines(owner, [
      FULL,
      { name: 'Off', identifiers: [own('OFF')], status: 'inactive' },
      ...Array.from({ length: 10 }, (_, i) => 100 * i).map((from) => ({
        name: 'Long',
        identifiers: [own('LONG')],
        songs: songs.slice(from, from + 100),
      })),
    ]);
    const made = await app.http.post('/api/artists', { json: { name: 'No identifier' }, headers: owner.headers });
    const { id } = made.body.data;
    const untitled = await app.http.post(`/api/artists/${id as string}/songs`, {
      json: { title: 'No identifier either' },
      headers: owner.headers,
    });
    const exported = await exportLines(owner);
    expect(exported[0]).toEqual({
      ...FULL,
      identifiers: [{ type: 'isni', value: '0000000078387189' }, own('B-1')],
      songs: [{ ...FULL.songs[0], isrc: 'USSM10804556' }, FULL.songs[1]],
    });
    expect(exported[1]).toEqual({ name: 'Off', identifiers: [own('OFF')], status: 'inactive' });
    const long = exported.filter(({ name }) => name === 'Long');
    expect(long.length).toBeGreaterThan(1);
    expect(long.flatMap((line) => line['songs'])).toEqual(songs);
    for (const line of long) {
      expect(line['identifiers']).toEqual([own('LONG')]);
      expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(102_400);
    }
    expect(exported.at(-1)).toEqual({
      name: 'No identifier',
      identifiers: [{ type: 'stagedoor', value: id }],
      songs: [{ title: 'No identifier either', identifiers: [{ type: 'stagedoor', value: untitled.body.data.id }] }],
    });

    const moved = await importLines(mover, exported);
    expect(moved.at(-1)).toMatchObject({ done: true, refused: 0 });
    expect(await exportLines(mover)).toEqual(exported);

    // Back into the roster that it came from, it changes nothing.
    const before = await rosterOf(owner);
    expect((await importLines(owner, exported)).at(-1)).toEqual(done({ unchanged: exported.length }));
    expect(await rosterOf(owner)).toEqual(before);
  });

  it('has all aliases and identifiers that merges moved, and an import creates the artist with them', async () => {
    const [person, mover] = [await signUp(app), await signUp(app)];
    const many = (letter: string): object => ({
      name: letter,
      aliases: Array.from({ length: 50 }, (_, i) => `${letter}${i}`),
      identifiers: Array.from({ length: 50 }, (_, i) => own(`${letter}${i}`)),
    });
    await importLines(person, [many('A'), many('B')]);
    const [one, two] = (await rosterOf(person)).map(({ id }) => String(id));
    await app.http.post(`/api/artists/${one}/merge`, { json: { into: two }, headers: person.headers });
    const exported = await exportLines(person);
    expect(exported).toHaveLength(1);
    expect([exported[0]?.['aliases'], exported[0]?.['identifiers']]).toMatchObject([{ length: 101 }, { length: 100 }]);

    expect(await importLines(mover, exported)).toMatchObject([{ result: 'created' }, done({ created: 1 })]);
    expect(await exportLines(mover)).toEqual(exported);
    const before = await rosterOf(person);
    expect(await importLines(person, exported)).toMatchObject([{ result: 'unchanged' }, done({ unchanged: 1 })]);
    expect(await rosterOf(person)).toEqual(before);
    // Nothing is added to it.
    const more = [{ identifiers: [own('A1')], aliases: ['one more'] }, { identifiers: [own('A1'), own('C1')] }];
    expect(await importLines(mover, more)).toMatchObject([{ result: 'refused' }, { result: 'refused' }, {}]);
  });

  it('has lines that are not too long, also where an artist fills one without its songs', async () => {
    const person = await signUp(app);
    const songs = ['One', 'Two'].map((title) => ({ title: title + '🎵'.repeat(490), identifiers: [own(title)] }));
    await importLines(person, [{ name: 'Merged', identifiers: [own('M')], songs }]);
    const aliases = Array.from({ length: 132 }, (_, i) => `${i}${'🎵'.repeat(190)}`);
    await app.database.query('UPDATE artists SET aliases = $2 WHERE user_id = $1', [person.id, aliases]);
    const { text } = await app.http.get('/api/catalogue/export', { headers: person.headers });
    const lines = text.trimEnd().split('\n');
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(102_400);
    const again = { name: 'Merged', identifiers: [own('M')] };
    expect(parsed(text)).toEqual([
      { ...again, aliases },
      { ...again, songs },
    ]);
  });
});
