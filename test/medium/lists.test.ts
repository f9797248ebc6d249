import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
