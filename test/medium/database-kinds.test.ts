import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.js';
import { openDatabase } from '../../src/database/open-database.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres, openTestDatabase, TEST_APP_SECRET, type TestDatabase } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import type { HttpAnswer } from '../support/http-client.js';
import { signUp } from '../support/people.js';

const template = inject('databaseTemplate');
const serverUrl = template.kind === 'server' ? template.serverUrl : '';

describe.runIf(onPostgres())('a database with other defaults', () => {
  let database: TestDatabase;
  let app: TestApp;
  beforeAll(async () => {
    database = await openTestDatabase();
    const name = new URL(database.url).pathname.slice(1);
    for (const setting of [
      `datestyle = 'German, DMY'`,
      `timezone = 'Asia/Kolkata'`,
      `intervalstyle = 'sql_standard'`,
      `bytea_output = 'escape'`,
      `client_encoding = 'LATIN1'`,
      `default_transaction_isolation = 'serializable'`,
    ]) {
      await onServer(serverUrl, `ALTER DATABASE ${name} SET ${setting}`);
    }
    // New connections get the new defaults.
    app = await startApp({ database: await database.anotherPool() });
  });
  afterAll(async () => {
    await app.close();
    await app.database.close();
    await database.close();
  });

  it('has no effect on the connections of the pool', async () => {
    const names = ['datestyle', 'timezone', 'client_encoding', 'transaction_isolation'];
    const settings = names.map((name) => `current_setting('${name}') AS ${name}`);
    expect(await app.database.query(`SELECT ${settings.join(', ')}`)).toEqual([
      { datestyle: 'ISO, MDY', timezone: 'UTC', client_encoding: 'UTF8', transaction_isolation: 'read committed' },
    ]);
  });

  it('serves accounts, and goes through a list by cursor', async () => {
    const person = await signUp(app, { name: 'Łukasz Ørsted' });
    const { status, body } = await app.http.get('/api/users/me', { headers: person.headers });
    expect([status, body.data.name]).toEqual([200, 'Łukasz Ørsted']);
    const from = Date.now();
    for (const name of ['Łódź', 'Ørsted']) {
      const answer = await app.http.post('/api/artists', { headers: person.headers, json: { name } });
      expect(answer.status).toBe(201);
    }
    const until = Date.now();
    const page = (cursor: string): Promise<HttpAnswer> =>
      app.http.get(`/api/artists?size=1${cursor}`, { headers: person.headers });
    const first = await page('');
    const second = await page(`&cursor=${first.body.meta.nextCursor}`);
    expect([first, second].map(({ body }) => body.data.map((artist) => artist.name as string))).toEqual([
      ['Ørsted'],
      ['Łódź'],
    ]);
    expect(second.body.meta.nextCursor).toBeNull();
    const made = [second, first].map(({ body }) => Date.parse(body.data[0]?.createdAt ?? ''));
    expect([from, ...made, until]).toEqual([from, ...made, until].toSorted((a, b) => a - b));
  });
});

describe.runIf(onPostgres())('a database of another encoding', () => {
  it.each(['LATIN1', 'SQL_ASCII'])('is rejected at start: %s', async (encoding) => {
    const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    const locale = `LC_COLLATE 'C' LC_CTYPE 'C'`;
    await onServer(serverUrl, `CREATE DATABASE ${name} ENCODING '${encoding}' ${locale} TEMPLATE template0`);
    try {
      const config = readConfig({ DATABASE_URL: url.href, APP_SECRET: TEST_APP_SECRET });
      await expect(openDatabase(config)).rejects.toThrow(
        `The database "${name}" has the encoding ${encoding}, which cannot store all names: create one with ENCODING 'UTF8'`,
      );
    } finally {
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

describe('a process in a time zone that skipped a day', () => {
  const before = process.env['TZ'];
  beforeAll(() => {
    process.env['TZ'] = 'Pacific/Apia';
  });
  afterAll(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });

  it('reads a release date back as it was given', async () => {
    // Samoa crossed the date line: this day does not exist in its local time.
    const releaseDate = '2011-12-30';
    expect(new Date(2011, 11, 30).getDate()).toBe(31);
    const app = await startApp();
    try {
      const { headers } = await signUp(app);
      const artist = await app.http.post('/api/artists', { headers, json: { name: 'Kept' } });
      const songs = `/api/artists/${artist.body.data.id}/songs`;
      const json = { title: 'Kept', durationMs: 1000, releaseDate };
      const created = await app.http.post(songs, { headers, json });
      expect(created.status, created.text).toBe(201);
      const list = await app.http.get(songs, { headers });
      expect([created.body.data.releaseDate, list.body.data[0]?.releaseDate]).toEqual([releaseDate, releaseDate]);
    } finally {
      await app.close();
    }
  });
});
