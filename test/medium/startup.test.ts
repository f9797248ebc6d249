import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { SecretSeal } from '../../src/common/secret-seal.js';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { MIGRATIONS } from '../../src/database/migrations/index.js';
import { withStartupLock } from '../../src/database/migrate.js';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import { count, gate, untilWaiting } from '../support/accounts.js';
import { startApp, SUPER_ADMIN, type TestApp } from '../support/app.js';
import { onPostgres, openTestDatabase, TEST_APP_SECRET, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import { logIn, signUp, superAdmin } from '../support/people.js';

/** Runs `work` with an app that is closed afterwards; its database is not. */
async function withApp<T>(options: Parameters<typeof startApp>[0], work: (app: TestApp) => Promise<T>): Promise<T> {
  const app = await startApp(options);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** The messages that were logged at this level. */
function logged(app: TestApp, level: string): string[] {
  const lines = app.logLines.map((line) => JSON.parse(line) as { level: string; msg: string });
  return lines.filter((line) => line.level === level).map(({ msg }) => msg);
}

describe('SECURITY 6: the first SUPER_ADMIN', () => {
  it('is the only account of a fresh database', async () => {
    await withApp({}, async ({ database }) => {
      const rows = await database.query('SELECT email, role, status FROM users');
      expect(rows).toEqual([{ email: SUPER_ADMIN.email, role: 'SUPER_ADMIN', status: 'active' }]);
    });
  });

  it('is not created where none is configured', async () => {
    await withApp({ env: { SUPER_ADMIN_EMAIL: '', SUPER_ADMIN_PASSWORD: '' } }, async ({ database }) => {
      expect(await count(database, 'users')).toBe(0);
    });
  });
});

describe('a start on a database that was used before', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  /** The database as a new process finds it. */
  async function again(): Promise<TestDatabase> {
    await database.connect();
    return database;
  }

  it('never changes the SUPER_ADMIN to the configured password', async () => {
    const before = await withApp({ database: await again() }, async (app) => (await superAdmin(app)).id);
    const env = { SUPER_ADMIN_EMAIL: SUPER_ADMIN.email, SUPER_ADMIN_PASSWORD: 'another-Password-9' };
    await withApp({ database: await again(), env }, async (app) => {
      expect((await superAdmin(app)).id).toBe(before);
      await expect(logIn(app, SUPER_ADMIN.email, 'another-Password-9')).rejects.toThrow('401');
    });
  });

  it('creates no second SUPER_ADMIN for another address, and warns that the settings have no effect', async () => {
    const env = { SUPER_ADMIN_EMAIL: 'other@example.com' };
    await withApp({ database: await again(), env }, async (app) => {
      expect(await count(app.database, `users WHERE role = 'SUPER_ADMIN'`)).toBe(1);
      expect(logged(app, 'warn')).toEqual([expect.stringContaining('SUPER_ADMIN_PASSWORD have no effect')]);
    });
  });

  it('does not warn where the configured SUPER_ADMIN exists', async () => {
    await withApp({ database: await again() }, (app) => {
      expect(logged(app, 'warn')).toEqual([]);
      return Promise.resolve();
    });
  });

  it('grants nothing to an account that was registered with the configured address, and logs the ways out', async () => {
    const own = await openTestDatabase();
    try {
      const person = await withApp({ database: own, env: { SUPER_ADMIN_EMAIL: '', SUPER_ADMIN_PASSWORD: '' } }, (app) =>
        signUp(app, { email: SUPER_ADMIN.email }),
      );
      await withApp({ database: own }, async (app) => {
        const rows = await app.database.query('SELECT id, role FROM users');
        expect(rows).toEqual([{ id: person.id, role: 'user' }]);
        const [message] = logged(app, 'error');
        expect(message).toMatch(/^There is no SUPER_ADMIN: .*Set SUPER_ADMIN_EMAIL to another address; or /);
        // The role alone would go to the one who knows the password of the account.
        expect(message).toMatch(/users:set-password.* and only then .*users:grant/);
      });
    } finally {
      await own.close();
    }
  });

  it('keeps the signing key, so that tokens from before stay valid', async () => {
    const person = await withApp({ database: await again() }, (app) => signUp(app));
    await withApp({ database: await again() }, async (app) => {
      expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
      expect(await count(app.database, 'signing_keys')).toBe(1);
    });
  });

  it('fails with an explanation when APP_SECRET differs', async () => {
    const secretSeal = new SecretSeal('another-secret-of-thirty-two-bytes-or-more');
    await expect(startApp({ database: await again(), secretSeal })).rejects.toThrow(
      /APP_SECRET does not open the signing keys/,
    );
  });

  it('stores the private key encrypted', async () => {
    const dump = await (await again()).query('SELECT k::text AS text, public_jwk FROM signing_keys k');
    expect(dump).toHaveLength(1);
    expect(Object.keys(dump[0].public_jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(dump[0].text).not.toContain(TEST_APP_SECRET);
  });
});

describe.runIf(onPostgres())('several instances that start together', () => {
  it('SECURITY 6: create one SUPER_ADMIN and one signing key, which all of them use', async () => {
    const database = await openTestDatabase();
    const apps: TestApp[] = [];
    try {
      const connections = await Promise.all(Array.from({ length: 5 }, () => database.anotherPool()));
      apps.push(...(await Promise.all(connections.map((connection) => startApp({ database: connection })))));
      expect(await count(database, `users WHERE role = 'SUPER_ADMIN'`)).toBe(1);
      expect(await count(database, 'users')).toBe(1);
      expect(await count(database, 'signing_keys')).toBe(1);
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

    it('migrate it once', async () => {
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      const config = readConfig({ DATABASE_URL: url.href, APP_SECRET: TEST_APP_SECRET, DATABASE_POOL_MAX: '2' });
      const opened = await Promise.all(Array.from({ length: 5 }, () => openDatabase(config)));
      try {
        for (const database of opened) await database.connect([]);
        expect(await count(opened[0], 'migrations')).toBe(MIGRATIONS.length);
        for (const database of opened) expect(await count(database, 'users')).toBe(0);
      } finally {
        await Promise.all(opened.map((database) => database.close()));
      }
    });
  });

  it('take turns at the startup lock, which a failed start releases', async () => {
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
      await untilWaiting(database, 1);
      done.open();
      await Promise.all([outcome, second]);
      expect(order).toEqual(['first', 'second']);
    } finally {
      await database.close();
    }
  });

  /** Resolves once a session holds an advisory lock of this database. */
  async function untilHeld(database: Database): Promise<void> {
    const held = `pg_locks WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    await expect.poll(() => count(database, held)).toBeGreaterThan(0);
  }
});
