import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/config/env.js';
import { openDatabase, type OpenDatabase } from '../../src/database/open-database.js';
import { MIGRATIONS } from '../../src/database/migrations/index.js';
import { withStartupLock } from '../../src/database/migrate.js';
import { SigningKeys } from '../../src/modules/auth/tokens/signing-keys.service.js';
import { count, gate, untilWaiting } from '../support/accounts.js';
import { startApp, SUPER_ADMIN, type TestApp } from '../support/app.js';
import { onPostgres, openTestDatabase, TEST_APP_SECRET, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import { logIn, signUp, superAdmin } from '../support/people.js';

/** What an app may close while the database goes on: the next app connects anew. */
async function withApp<T>(options: Parameters<typeof startApp>[0], work: (app: TestApp) => Promise<T>): Promise<T> {
  const app = await startApp(options);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

describe('SECURITY 6: the first SUPER_ADMIN', () => {
  it('is the only account of a fresh database', async () => {
    await withApp({}, async ({ database }) => {
      const rows = await database.dataSource.query('SELECT email, role, status FROM users');
      expect(rows).toEqual([{ email: SUPER_ADMIN.email, role: 'SUPER_ADMIN', status: 'active' }]);
    });
  });

  it('is nobody where none is configured', async () => {
    await withApp({ env: { SUPER_ADMIN_EMAIL: '', SUPER_ADMIN_PASSWORD: '' } }, async ({ database }) => {
      expect(await count(database.dataSource, 'users')).toBe(0);
    });
  });
});

describe('a start on a database that was used before', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  /** The same database as a new process would find it. */
  async function again(): Promise<OpenDatabase> {
    if (!database.dataSource.isInitialized) await database.dataSource.initialize();
    return database;
  }

  it('never overwrites the SUPER_ADMIN with what is configured now', async () => {
    const before = await withApp({ database: await again() }, async (app) => (await superAdmin(app)).id);
    const env = { SUPER_ADMIN_EMAIL: SUPER_ADMIN.email, SUPER_ADMIN_PASSWORD: 'another-Password-9' };
    await withApp({ database: await again(), env }, async (app) => {
      expect((await superAdmin(app)).id).toBe(before);
      await expect(logIn(app, SUPER_ADMIN.email, 'another-Password-9')).rejects.toThrow('401');
    });
  });

  it('makes no second SUPER_ADMIN of another address', async () => {
    const env = { SUPER_ADMIN_EMAIL: 'other@example.com' };
    await withApp({ database: await again(), env }, async (app) => {
      expect(await count(app.database.dataSource, `users WHERE role = 'SUPER_ADMIN'`)).toBe(1);
    });
  });

  it('raises nobody who had signed up with the configured address, and says so', async () => {
    const own = await openTestDatabase();
    try {
      const person = await withApp({ database: own, env: { SUPER_ADMIN_EMAIL: '', SUPER_ADMIN_PASSWORD: '' } }, (app) =>
        signUp(app, { email: SUPER_ADMIN.email }),
      );
      if (!own.dataSource.isInitialized) await own.dataSource.initialize();
      await withApp({ database: own }, async (app) => {
        const rows = await app.database.dataSource.query('SELECT id, role FROM users');
        expect(rows).toEqual([{ id: person.id, role: 'user' }]);
        expect(app.logLines.some((line) => line.includes('there is no SUPER_ADMIN yet'))).toBe(true);
      });
    } finally {
      await own.close();
    }
  });

  it('signs with the key that is there: tokens from before stay good', async () => {
    const person = await withApp({ database: await again() }, (app) => signUp(app));
    await withApp({ database: await again() }, async (app) => {
      expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
      expect(await count(app.database.dataSource, 'signing_keys')).toBe(1);
    });
  });

  it('fails with a sentence of help when APP_SECRET is another one', async () => {
    const other = { ...(await again()), appSecret: 'another-secret-of-thirty-two-bytes-or-more' };
    await expect(startApp({ database: other })).rejects.toThrow(/APP_SECRET does not open the signing keys/);
  });

  it('keeps the private key sealed', async () => {
    const dump = await (await again()).dataSource.query('SELECT k::text AS text, public_jwk FROM signing_keys k');
    expect(dump).toHaveLength(1);
    expect(Object.keys(dump[0].public_jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(dump[0].text).not.toContain(TEST_APP_SECRET);
  });
});

describe.runIf(onPostgres())('several instances that start together', () => {
  it('SECURITY 6: on a migrated, empty database make one SUPER_ADMIN and one signing key, which all of them know', async () => {
    const database = await openTestDatabase();
    const apps: TestApp[] = [];
    try {
      const connections = await Promise.all(Array.from({ length: 5 }, () => database.connect()));
      apps.push(...(await Promise.all(connections.map((connection) => startApp({ database: connection })))));
      expect(await count(database.dataSource, `users WHERE role = 'SUPER_ADMIN'`)).toBe(1);
      expect(await count(database.dataSource, 'users')).toBe(1);
      expect(await count(database.dataSource, 'signing_keys')).toBe(1);
      const kids = apps.map((app) => app.nest.get(SigningKeys).current().kid);
      expect(new Set(kids).size).toBe(1);
      const person = await signUp(apps[0]);
      for (const app of apps) {
        expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
      }
    } finally {
      await Promise.all(apps.map((app) => app.close()));
      await database.close();
    }
  });

  describe('on an empty database', () => {
    const template = inject('databaseTemplate');
    const serverUrl = template.kind === 'server' ? template.serverUrl : '';
    const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
    beforeAll(() => onServer(serverUrl, `CREATE DATABASE ${name}`));
    afterAll(() => onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`));

    it('migrate it once, one after the other, and all come up', async () => {
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      const config = readConfig({ DATABASE_URL: url.href, APP_SECRET: TEST_APP_SECRET, DATABASE_POOL_MAX: '2' });
      const opened = await Promise.all(Array.from({ length: 5 }, () => openDatabase(config)));
      try {
        expect(await count(opened[0].dataSource, 'migrations')).toBe(MIGRATIONS.length);
        for (const { dataSource } of opened) expect(await count(dataSource, 'users')).toBe(0);
      } finally {
        await Promise.all(opened.map((database) => database.close()));
      }
    });
  });

  it('wait for one another at the startup lock, and not for one that failed', async () => {
    const database = await openTestDatabase();
    try {
      const done = gate();
      const order: string[] = [];
      const first = withStartupLock(database.url, async () => {
        await done.passed;
        order.push('first');
        throw new Error('failed at start');
      });
      const outcome = expect(first).rejects.toThrow('failed at start');
      const second = (async () => {
        await untilHeld(database);
        await withStartupLock(database.url, async () => order.push('second'));
      })();
      await untilWaiting(database.dataSource, 1);
      done.open();
      await Promise.all([outcome, second]);
      expect(order).toEqual(['first', 'second']);
    } finally {
      await database.close();
    }
  });

  /** Resolves once somebody holds an advisory lock of this database. */
  async function untilHeld({ dataSource }: TestDatabase): Promise<void> {
    const held = `pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    while ((await count(dataSource, held)) === 0);
  }
});
