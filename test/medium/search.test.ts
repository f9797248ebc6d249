import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contains, mayContain } from '../../src/database/search.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { recordQueries } from '../support/queries.js';

const NAMES = [
  'Midnight Sun',
  'a',
  'AC/DC',
  'Sigur Rós',
  'Ærø “2” — Ÿ',
  '菅野よう子',
  '🎸🎸🎸 band',
  "O'B\\rien's & : * ( ) ! | <-> 'x':*",
  '100% _under_',
  '  two  spaces',
  'aaaaaaaaaa',
];

/** Every part of a text, from one character to all. */
function partsOf(text: string): string[] {
  const characters = [...text];
  return characters.flatMap((_, from) =>
    characters.slice(from).map((_, length) => characters.slice(from, from + length + 1).join('')),
  );
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('the index of parts', () => {
  it('has every part of a text, whatever characters it is made of', async () => {
    const asked = NAMES.flatMap((name) => partsOf(name).map((part) => [name, part]));
    const [{ found, missed }] = await app.database.query<{ found: number; missed: unknown }>(
      `SELECT count(*) FILTER (WHERE ${contains('name', 'part')})::int AS found,
              json_agg(json_build_array(name, part)) FILTER (WHERE ${contains('name', 'part')} AND NOT ${mayContain('name', 'part')}) AS missed
         FROM unnest($1::text[], $2::text[]) AS asked (name, part)`,
      [asked.map(([name]) => name), asked.map(([, part]) => part)],
    );
    expect(missed).toBeNull();
    expect(found).toBe(asked.length);
  });

  it.each([
    ['Midnight Sun', 'midnigth'],
    ['Midnight Sun', 'z'],
    ['Midnight Sun', 'Sun '],
    ['Midnight Sun', 'sun'],
    ['Midnight Sun', '%'],
    ['Midnight Sun', 'n:*'],
    ['Midnight Sun', 'mid & sun'],
  ])('has nothing else: of “%s” not “%s”', async (name, part) => {
    const rows = await app.database.query(`SELECT ${mayContain('$1', '$2')} AS may`, [name, part]);
    expect(rows).toEqual([{ may: false }]);
  });
});

describe('a search in a large table', () => {
  const ROWS = 5_000;
  beforeAll(async () => {
    const { database } = app;
    const { id } = await insertAccount(database);
    await database.query(
      `INSERT INTO artists (id, user_id, name, folded, status, created_at, updated_at)
       SELECT gen_random_uuid(), $1, 'Band ' || left(md5(n::text), 8), 'band' || left(md5(n::text), 8), 'active', now(), now() FROM generate_series(1, ${ROWS}) n`,
      [id],
    );
    await database.query(
      `INSERT INTO users (id, email, username, first_name, last_name, password_hash, role, status, created_at, updated_at)
       SELECT gen_random_uuid(), left(md5(n::text), 8) || n || '@x.y', 'u' || n, 'Ann', left(md5('x' || n), 8), 'none', 'user', 'active', now(), now()
         FROM generate_series(1, ${ROWS}) n`,
    );
    await database.query('ANALYZE artists, users');
  });

  /** How the database goes about what `work` asks of it. */
  async function plansOf(work: () => Promise<unknown>): Promise<string[]> {
    const { database } = app;
    const queries = recordQueries(database.dataSource);
    await work();
    const plans: string[] = [];
    for (const { text, values } of queries.filter(({ text }) => text.includes('strpos'))) {
      const lines = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, [...values]);
      plans.push(lines.map((line) => line['QUERY PLAN']).join('\n'));
    }
    return plans;
  }

  // Two letters, that hardly any has; five, which are one entry of the index; and more, where several meet.
  it.each([
    ['qz', 0],
    ['orche', 0],
    ['orchestra', 0],
    ['orchestra', 500],
  ])('goes through the index: “%s”, from %i on', async (q, offset) => {
    const { principal } = await insertAccount(app.database, { role: 'admin' });
    const artists = app.nest.get(ArtistsService, { strict: false });
    const users = app.nest.get(UsersService, { strict: false });
    const ofArtists = await plansOf(() => artists.list(principal, { q, offset, size: 5 }));
    const ofUsers = await plansOf(() => users.list(principal, { q, offset, size: 5 }));
    for (const [plans, index] of [
      [ofArtists, 'artists_search_idx'],
      [ofUsers, 'users_search_idx'],
    ] as const) {
      expect(plans.length).toBeGreaterThan(0);
      for (const plan of plans) expect(plan).toContain(index);
    }
  });
});
