import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Principal } from '../../src/common/principal.js';
import { migrate } from '../../src/database/migrate.js';
import { ArtistsService } from '../../src/modules/artists/artists.service.js';
import { insertAccount } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres, TestDatabase } from '../support/database.js';
import { onServer } from '../support/global-setup.js';

const LOOK_UPS = JSON.parse(readFileSync(new URL('../support/look-ups.json', import.meta.url), 'utf8')) as readonly {
  readonly query: string;
  readonly name: string;
  readonly aliases?: string[];
  readonly sortName?: string;
}[];

// The embedded database and the other tests on a server have a ctype of Unicode.
describe.runIf(onPostgres())('on a database whose ctype knows ASCII alone, a search', () => {
  let database: TestDatabase;
  let app: TestApp;
  let artists: ArtistsService;
  let principal: Principal;

  beforeAll(async () => {
    const template = inject('databaseTemplate');
    const serverUrl = template.kind === 'server' ? template.serverUrl : '';
    const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
    await onServer(serverUrl, `CREATE DATABASE ${name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    await migrate({ url: url.href, acquireTimeoutMs: 180_000 });
    const drop = (): Promise<void> => onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    database = await TestDatabase.open({ url: url.href, poolMax: 5, acquireTimeoutMs: 180_000 }, { drop });
    app = await startApp({ database });
    artists = app.nest.get(ArtistsService, { strict: false });
    ({ principal } = await insertAccount(database));
    const known = new Map(LOOK_UPS.map(({ name, aliases, sortName }) => [name, { name, aliases, sortName }]));
    for (const { name, aliases = [], sortName = null } of known.values()) {
      await artists.create(principal, { name, aliases, sortName });
    }
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });

  it.each(LOOK_UPS)('for “$query” finds “$name” all the same', async ({ query, name }) => {
    const { items } = await artists.list(principal, { q: query, size: 100 });
    expect(items.map((artist) => artist.name)).toContain(name);
  });
});
