import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/common/principal.js';
import type { Page } from '../../src/common/page.js';
import type { Artist } from '../../src/modules/artists/artist.entity.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let artists: ArtistsService;

beforeAll(async () => {
  app = await startApp();
  artists = app.nest.get(ArtistsService, { strict: false });
});
afterAll(() => app.close());

/** Adds artists called "Band 1", "Band 2", … of whom the last is the newest, to those that the user has. */
async function addBands({ userId }: Principal, { from = 1, to }: { from?: number; to: number }): Promise<void> {
  await app.database.query(
    `INSERT INTO artists (id, user_id, name, folded, sort_key, status, created_at, updated_at)
     SELECT gen_random_uuid(), $1, 'Band ' || n, 'band' || n, 'band' || n, 'active', t, t
       FROM generate_series($2::int, $3::int) n, LATERAL (SELECT now() + n * interval '1 second' AS t) made`,
    [userId, from, to],
  );
}

async function someone(): Promise<Principal> {
  return { kind: 'session', userId: (await insertAccount(app.database)).id, role: 'user' };
}

async function someoneWith(bands: number): Promise<Principal> {
  const principal = await someone();
  await addBands(principal, { to: bands });
  return principal;
}

/** The bands of one user, to whom each block of tests adds the rest of its own: ten thousand take seconds. */
let collector: Principal;
let collected = 0;
async function collectorWith(bands: number): Promise<Principal> {
  collector ??= await someone();
  await addBands(collector, { from: collected + 1, to: bands });
  collected = bands;
  return collector;
}

const numbersFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `Band ${first - i}`);

// Up to ten thousand are found in one pass, more in another way: nobody may notice.
describe.each([12, 10_000, 10_500])('a search that finds %i', (found) => {
  let principal: Principal;
  beforeAll(async () => {
    principal = await collectorWith(found);
    // Another's are never among them.
    await someoneWith(3);
  });

  const page = async (
    offset: number,
    size = 5,
  ): Promise<{ names: string[]; totalCount: number | null; next: string }> => {
    const { items, totalCount, nextCursor } = await artists.list(principal, { q: 'band', offset, size });
    return { names: items.map(({ name }) => name), totalCount, next: nextCursor ?? '' };
  };

  it('shows the newest first, and counts all', async () => {
    expect(await page(0)).toMatchObject({ names: numbersFrom(found, 5), totalCount: found });
  });

  it('goes on at any place, and by the cursor of any page', async () => {
    const { names, totalCount, next } = await page(5);
    expect({ names, totalCount }).toEqual({ names: numbersFrom(found - 5, 5), totalCount: found });
    const { items } = await artists.list(principal, { q: 'band', cursor: next, size: 2 });
    expect(items.map(({ name }) => name)).toEqual(numbersFrom(found - 10, 2));
  });

  it('ends with what is left, and no cursor', async () => {
    expect(await page(found - 2)).toEqual({ names: ['Band 2', 'Band 1'], totalCount: found, next: '' });
  });

  it('is empty beyond its end, and still counts all', async () => {
    expect(await page(found)).toEqual({ names: [], totalCount: found, next: '' });
  });
});

describe.each([12, 10_500])('a search for the whole name of one of %i', (others) => {
  let principal: Principal;
  // Older than all others, which contain the name too.
  const WHOLE = ['BAND', 'Bänd'];
  beforeAll(async () => {
    principal = others < collected ? await someoneWith(others) : await collectorWith(others);
    for (const [i, name] of WHOLE.entries()) {
      await app.database.query(
        `INSERT INTO artists (id, user_id, name, aliases, folded, sort_key, status, created_at, updated_at)
         VALUES (gen_random_uuid(), $1, $2, '{x}', $3, 'band', 'active', $4, now())`,
        [principal.userId, name, '\u001fband\u001fx\u001f', new Date(i)],
      );
    }
  });
  const EXPECTED = (): string[] => ['Bänd', 'BAND', ...numbersFrom(others, 8)];

  it.each([
    ['whole words', 'band'],
    ['other signs', ' B.A.N.D! '],
  ])('has it first, then the newest: %s', async (_, q) => {
    const { items, totalCount } = await artists.list(principal, { q, size: 10 });
    expect(items.map(({ name }) => name)).toEqual(EXPECTED());
    expect(totalCount).toBe(others + 2);
    expect(items[0]).toEqual(await artists.get(principal, items[0]?.id ?? ''));
  });

  it('goes on by page and by cursor from every place, each row once', async () => {
    for (const size of [1, 2, 3]) {
      const paged: string[] = [];
      for (let offset = 0; offset < 9; offset += size) {
        const { items, totalCount } = await artists.list(principal, { q: 'band', size, offset });
        paged.push(...items.map(({ name }) => name));
        expect(totalCount).toBe(others + 2);
      }
      expect(paged.slice(0, 9)).toEqual(EXPECTED().slice(0, 9));
      const walked: string[] = [];
      let cursor: string | undefined;
      while (walked.length < 9) {
        const page = await artists.list(principal, { q: 'band', size, ...(cursor !== undefined && { cursor }) });
        walked.push(...page.items.map(({ name }) => name));
        cursor = page.nextCursor ?? undefined;
      }
      expect(walked.slice(0, 9)).toEqual(EXPECTED().slice(0, 9));
    }
  });

  it('knows no such order in a list by name', async () => {
    const { items } = await artists.list(principal, { q: 'band', sort: 'name', size: 4 });
    expect(items.map(({ name }) => name).sort()).toEqual(['BAND', 'Band 1', 'Band 10', 'Bänd']);
  });
});

it('a list by name is in the order of code points of the folded sort name or name, then of ids', async () => {
  const { principal } = await insertAccount(app.database);
  const made: { id: string; name: string }[] = [];
  for (const [name, sortName] of [
    ['Zoë'],
    ['The Beatles', 'Beatles, The'],
    ['Ärzte'],
    ['!!!'],
    ['𝔖𝔲𝔫'],
    ['sun'],
    ['がんばれ'],
    ['U2'],
    ['2 Unlimited'],
    ['ABBA'],
    ['🎵'],
    ['日本'],
    ['\u{20000}'],
    ['ﷺ'.repeat(200)],
  ] as const) {
    made.push(await artists.create(principal, { name, ...(sortName && { sortName }) }));
  }
  const expected = ['!!!', '2 Unlimited', 'ABBA', 'Ärzte', 'The Beatles', '𝔖𝔲𝔫', 'sun', 'U2', 'Zoë'];
  expected.push('ﷺ'.repeat(200), 'がんばれ', '日本', '🎵', '\u{20000}');
  const walked: string[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const request = { sort: 'name' as const, size: 3, ...(cursor !== undefined && { cursor }) };
    const page: Page<Artist> = await artists.list(principal, request);
    walked.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  expect(walked).toEqual(expected);
  const { items, totalCount } = await artists.list(principal, { sort: 'name', size: 3, offset: 3 });
  expect(items.map(({ name }) => name)).toEqual(expected.slice(3, 6));
  expect(totalCount).toBe(made.length);
});

it('a search that finds nothing counts nothing', async () => {
  const principal = await someoneWith(1);
  const { items, totalCount } = await artists.list(principal, { q: 'orchestra', offset: 0, size: 5 });
  expect([items, totalCount]).toEqual([[], 0]);
});
