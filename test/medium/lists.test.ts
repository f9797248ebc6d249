import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page, PageRequest } from '../../src/common/page.js';
import type { Principal, Role } from '../../src/common/principal.js';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import { SongsService } from '../../src/modules/artists/songs.service.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { UsersService } from '../../src/modules/users/users.service.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { recordQueries } from '../support/queries.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const principalOf = async (role: Role): Promise<Principal> => (await insertAccount(app.database, { role })).principal;

describe('the services themselves', () => {
  it.each<Role>(['admin', 'SUPER_ADMIN'])('list users and security events for a %s', async (role) => {
    const principal = await principalOf(role);
    expect((await app.nest.get(UsersService, { strict: false }).list(principal, { size: 1 })).items).toHaveLength(1);
    await expect(app.nest.get(AuditTrail, { strict: false }).list(principal, { size: 1 })).resolves.toBeDefined();
  });

  it('refuse both lists to a user, whatever the route allows', async () => {
    const principal = await principalOf('user');
    const forbidden = { code: 'forbidden' };
    await expect(app.nest.get(UsersService, { strict: false }).list(principal, { size: 1 })).rejects.toMatchObject(
      forbidden,
    );
    await expect(app.nest.get(AuditTrail, { strict: false }).list(principal, { size: 1 })).rejects.toMatchObject(
      forbidden,
    );
  });
});

describe('a list of songs', () => {
  it('reads a release date as it was stored, and counts nothing when the page holds all rows', async () => {
    const principal = await principalOf('user');
    const artist = await app.nest.get(ArtistsService, { strict: false }).create(principal, { name: 'Jane' });
    const songs = app.nest.get(SongsService, { strict: false });
    const song = await songs.create(principal, artist.id, { title: 'First', releaseDate: '2026-03-29' });
    const queries = recordQueries(app.database.dataSource);
    const page = await songs.listOfArtist(principal, artist.id, { size: 5 });
    expect(page).toEqual({ items: [song], offset: 0, size: 5, totalCount: 1, nextCursor: null });
    expect(queries.filter(({ text }) => text.includes('songs'))).toHaveLength(1);
  });
});

describe('a filtered list of a large table', () => {
  const ROWS = 5_000;
  const RARE = 10;
  let principal: Principal;
  beforeAll(async () => {
    const { database } = app;
    principal = await principalOf('SUPER_ADMIN');
    const insert = `INSERT INTO users (id, email, username, first_name, last_name, role, status, created_at, updated_at)
      SELECT gen_random_uuid(), $1 || n || '@x.y', $1 || n, 'A', 'L', $2, $3, now() - n * $5::interval, now()
        FROM generate_series(1, $4::int) n`;
    await database.query(insert, ['c', 'user', 'active', ROWS, '1 s']);
    await database.query(insert, ['a', 'admin', 'active', RARE, '500 s']);
    await database.query(insert, ['s', 'user', 'suspended', RARE, '500 s']);
    await database.query(
      `INSERT INTO audit_events (id, event, user_id, details, created_at)
       SELECT gen_random_uuid(), CASE WHEN n % $2 = 0 THEN 'users.imported' ELSE 'login.succeeded' END,
              gen_random_uuid(), '{}', now() - n * interval '1 s' FROM generate_series(1, $1::int) n`,
      [ROWS, ROWS / RARE],
    );
    await database.query('ANALYZE users, audit_events');
  });

  const users = (): UsersService => app.nest.get(UsersService, { strict: false });
  const trail = (): AuditTrail => app.nest.get(AuditTrail, { strict: false });

  it.each<[what: string, index: string, list: (page: PageRequest) => Promise<Page<unknown>>]>([
    ['admins', 'users_role_created_at_id_idx', (page) => users().list(principal, { role: 'admin', ...page })],
    [
      'suspended users',
      'users_status_created_at_id_idx',
      (page) => users().list(principal, { status: 'suspended', ...page }),
    ],
    [
      'events of one kind',
      'audit_events_event_created_at_id_idx',
      (page) => trail().list(principal, { event: 'users.imported', ...page }),
    ],
  ])('reads the rows of its filter alone, also where it counts them: %s', async (_, index, list) => {
    const queries = recordQueries(app.database.dataSource);
    const { items, nextCursor } = await list({ size: 5 });
    expect(items).toHaveLength(5);
    await list({ size: 5, cursor: String(nextCursor) });
    const statements = queries.filter(({ text }) => /FROM (users|audit_events)\b/.test(text));
    expect(statements.length).toBeGreaterThan(1);
    for (const { text, values } of statements) {
      const lines = await app.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
      const plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      expect(plan).toContain(index);
      expect(plan).not.toMatch(/Filter|Seq Scan/);
    }
  });
});
