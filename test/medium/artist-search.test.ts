import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../src/common/principal.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { type Account, insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';

let app: TestApp;
let artists: ArtistsService;

beforeAll(async () => {
  app = await startApp();
  artists = app.nest.get(ArtistsService, { strict: false });
});
afterAll(() => app.close());

/** Somebody with so many artists called "Band 1", "Band 2", … of whom the last is the newest. */
async function someoneWith(bands: number): Promise<Principal> {
  const { id }: Account = await insertAccount(app.database.dataSource);
  await app.database.dataSource.query(
    `INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
     SELECT gen_random_uuid(), $1, 'Band ' || n, 'active', t, t
       FROM generate_series(1, $2::int) n, LATERAL (SELECT now() + n * interval '1 second' AS t) made`,
    [id, bands],
  );
  return { kind: 'session', userId: id, role: 'user' };
}

const numbersFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `Band ${first - i}`);

// Up to ten thousand are found in one pass, more in another way: nobody may notice.
describe.each([12, 10_000, 10_500])('a search that finds %i', (found) => {
  let principal: Principal;
  beforeAll(async () => {
    principal = await someoneWith(found);
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

it('a search that finds nothing counts nothing', async () => {
  const principal = await someoneWith(1);
  const { items, totalCount } = await artists.list(principal, { q: 'orchestra', offset: 0, size: 5 });
  expect([items, totalCount]).toEqual([[], 0]);
});
