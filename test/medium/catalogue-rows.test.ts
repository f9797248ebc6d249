import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/common/principal.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { FoldingJob } from '../../src/modules/catalogue/folding.job.js';
import { SongsService } from '../../src/modules/artists/songs.service.js';
import { count, gate, insertAccount } from '../support/accounts.js';
import { onPostgres } from '../support/database.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';

/*
 * What the database itself keeps right, even if the writer is an older version of Stagedoor that runs beside this one, or a
 * console.
 */

interface Row {
  readonly version: number;
  readonly folded: string | null;
  readonly sortKey: string;
}

let app: TestApp;
let principal: Principal;
let artists: ArtistsService;
let songs: SongsService;
let artistId: string;
let songId: string;

beforeAll(async () => {
  app = await startApp();
  stopBackgroundWork(app);
  ({ principal } = await insertAccount(app.database));
  artists = app.nest.get(ArtistsService, { strict: false });
  songs = app.nest.get(SongsService, { strict: false });
});
afterAll(() => app.close());
beforeEach(async () => {
  artistId = (await artists.create(principal, { name: 'Beyoncé' })).id;
  songId = (await songs.create(principal, artistId, { title: 'Déjà Vu' })).id;
});

async function stored(table: 'artists' | 'songs', id: string): Promise<Row> {
  const [row] = await app.database.query<Row>(
    `SELECT version, folded, sort_key AS "sortKey" FROM ${table} WHERE id = $1`,
    [id],
  );
  return row;
}
const change = (table: 'artists' | 'songs', id: string, assignments: string): Promise<unknown> =>
  app.database.query(`UPDATE ${table} SET ${assignments} WHERE id = $1`, [id]);

describe('the folded text', () => {
  it('is written with the text', async () => {
    expect(await stored('artists', artistId)).toMatchObject({ folded: '\u001fbeyonce\u001f', sortKey: 'beyonce' });
    expect(await stored('songs', songId)).toMatchObject({ folded: '\u001fdejavu\u001f', sortKey: 'dejavu' });
  });

  it('stays when a change of the text folds to the same', async () => {
    await artists.update(principal, artistId, { name: 'BEYONCE' });
    await songs.update(principal, songId, { title: 'Deja-vu' });
    expect(await stored('artists', artistId)).toEqual({
      version: 2,
      folded: '\u001fbeyonce\u001f',
      sortKey: 'beyonce',
    });
    expect(await stored('songs', songId)).toEqual({ version: 2, folded: '\u001fdejavu\u001f', sortKey: 'dejavu' });
  });

  it.each([
    ['artists', `name = 'Sasha'`],
    ['artists', `sort_name = 'Fierce'`],
    ['artists', `aliases = '{Sasha}'`],
    ['songs', `title = 'Halo'`],
    ['songs', `display_artist = 'Sasha'`],
  ] as const)('is emptied by a statement that changes %s and not it: %s', async (table, assignment) => {
    const id = table === 'artists' ? artistId : songId;
    await change(table, id, assignment);
    expect(await stored(table, id)).toEqual({ version: 2, folded: null, sortKey: '' });
  });

  it.each([
    ['artists', `status = 'inactive', disambiguation = 'the singer', updated_at = now()`],
    ['songs', `isrc = 'USRC17607839', duration_ms = 1000`],
  ] as const)('stays when a statement changes other columns of %s: %s', async (table, assignments) => {
    const id = table === 'artists' ? artistId : songId;
    await change(table, id, assignments);
    expect((await stored(table, id)).folded).not.toBeNull();
  });
});

describe('the version', () => {
  it.each(['artists', 'songs'] as const)('of %s counts every update from 1', async (table) => {
    const id = table === 'artists' ? artistId : songId;
    expect((await stored(table, id)).version).toBe(1);
    await change(table, id, `updated_at = now()`);
    await change(table, id, `updated_at = updated_at`);
    expect((await stored(table, id)).version).toBe(3);
  });

  it('does not count the filling of the folded text', async () => {
    await change('artists', artistId, `name = 'Sasha'`);
    await change('artists', artistId, `folded = 'sasha', sort_key = 'sasha'`);
    expect(await stored('artists', artistId)).toEqual({ version: 2, folded: 'sasha', sortKey: 'sasha' });
  });

  it('counts an update that fills it along with a change', async () => {
    await change('artists', artistId, `name = 'Sasha'`);
    await change('artists', artistId, `folded = 'sasha', status = 'inactive'`);
    expect((await stored('artists', artistId)).version).toBe(3);
  });
});

describe('the table of identifiers', () => {
  const listed = async (): Promise<unknown[]> =>
    (
      await app.database.query<{ type: string; value: string }>(
        `SELECT type, value FROM artist_identifiers WHERE artist_id = $1 ORDER BY type, value`,
        [artistId],
      )
    ).map(({ type, value }) => `${type}:${value}`);

  it('follows the column of the artist', async () => {
    await change('artists', artistId, `identifiers = '[{"type":"x-b","value":"2"},{"type":"x-a","value":"1"}]'`);
    expect(await listed()).toEqual(['x-a:1', 'x-b:2']);
    await change('artists', artistId, `identifiers = '[{"type":"x-a","value":"1"},{"type":"x-a","value":"3"}]'`);
    expect(await listed()).toEqual(['x-a:1', 'x-a:3']);
    await app.database.query('DELETE FROM artists WHERE id = $1', [artistId]);
    expect(await listed()).toEqual([]);
  });

  it('refuses an identifier of another artist of the owner, and keeps both as they were', async () => {
    const other = await artists.create(principal, { name: 'Other' });
    await change('artists', artistId, `identifiers = '[{"type":"x-c","value":"1"}]'`);
    await expect(
      change('artists', other.id, `identifiers = '[{"type":"x-d","value":"1"},{"type":"x-c","value":"1"}]'`),
    ).rejects.toMatchObject({ constraint: 'artist_identifiers_pkey' });
    expect(await listed()).toEqual(['x-c:1']);
    expect((await artists.get(principal, other.id)).identifiers).toEqual([]);
  });
});

describe('rows that an older version wrote', () => {
  const insertOld = (rows: number, name: string): Promise<unknown> =>
    app.database.query(
      `INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
       SELECT gen_random_uuid(), $1, $2, 'active', now(), now() FROM generate_series(1, $3::int)`,
      [principal.userId, name, rows],
    );
  const found = async (q: string): Promise<number | null> => (await artists.list(principal, { q, size: 1 })).totalCount;

  it('are folded in batches, found from then on, and keep their version', async () => {
    const job = app.nest.get(FoldingJob, { strict: false });
    await job.foldAll();
    await insertOld(1_201, 'Motörhead');
    await change('songs', songId, `title = 'Overkill'`);
    const { folded } = job.stats();
    expect(await found('motorhead')).toBe(0);
    await Promise.all([job.foldAll(), job.foldAll()]);
    expect(await found('motorhead')).toBe(1_201);
    expect(await stored('songs', songId)).toEqual({ version: 2, folded: '\u001foverkill\u001f', sortKey: 'overkill' });
    expect(
      await count(app.database, `artists WHERE name = 'Motörhead' AND version = 1 AND sort_key = 'motorhead'`),
    ).toBe(1_201);
    expect(job.stats()).toEqual({ folded: folded + 1_202, waiting: 0 });
  });

  it.runIf(onPostgres())('are left to the instance that has locked them, and folded by it or later', async () => {
    const job = app.nest.get(FoldingJob, { strict: false });
    await insertOld(2, 'Locked');
    const { passed, open } = gate();
    const holder = app.database.transaction(async (manager) => {
      await manager.query(`SELECT 1 FROM artists WHERE name = 'Locked' LIMIT 1 FOR UPDATE`);
      await job.foldAll();
      open();
    });
    await passed;
    await holder;
    expect(job.stats().waiting).toBe(1);
    await job.foldAll();
    expect(await found('locked')).toBe(2);
  });

  it('wait for the next run while the database does not answer', async () => {
    const job = app.nest.get(FoldingJob, { strict: false });
    await insertOld(1, 'Late');
    await app.database.query('ALTER TABLE artists RENAME COLUMN sort_name TO sort_name_away');
    await expect(job.run()).resolves.toBeUndefined();
    await app.database.query('ALTER TABLE artists RENAME COLUMN sort_name_away TO sort_name');
    await job.run();
    expect(await found('late')).toBe(1);
  });
});
