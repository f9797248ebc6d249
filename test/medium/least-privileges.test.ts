import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../src/database/migrate.js';
import { RefreshTokenPurgeJob } from '../../src/modules/sessions/refresh-token-purge.job.js';
import { startApp, type TestApp } from '../support/app.js';
import { onPostgres, TestDatabase } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import { apiKey } from '../support/http-client.js';
import { makeKey, PASSWORD, signUp } from '../support/people.js';

const template = inject('databaseTemplate');
const serverUrl = template.kind === 'server' ? template.serverUrl : '';
const PAGE = readFileSync(new URL('../../docs/hardening.md', import.meta.url), 'utf8');

/** The statements of the section, with names of this test's own. */
function documentedStatements(name: string): string[] {
  const [, section = ''] = PAGE.split('## Least privileges');
  const [, sql = ''] = /```sql\n([^`]+)```/.exec(section) ?? [];
  return sql
    .replace(/^--.*$/gm, '')
    .replaceAll('stagedoor', name)
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

describe.runIf(onPostgres())('the two roles of docs/hardening.md', () => {
  const name = `stagedoor_test_${randomBytes(6).toString('hex')}`;
  let app: TestApp;
  let database: TestDatabase;

  function urlOf(role?: string): string {
    const url = new URL(serverUrl);
    if (role !== undefined) url.username = role;
    url.pathname = `/${name}`;
    return url.href;
  }

  beforeAll(async () => {
    for (const statement of documentedStatements(name)) {
      const isGlobal = /^CREATE (?:ROLE|DATABASE)/.test(statement);
      await onServer(isGlobal ? serverUrl : urlOf(), statement);
    }
    const { password } = new URL(serverUrl);
    for (const role of password === '' ? [] : [`${name}_owner`, `${name}_app`]) {
      await onServer(serverUrl, `ALTER ROLE ${role} PASSWORD '${password}'`);
    }
    await migrate({ url: urlOf(`${name}_owner`), acquireTimeoutMs: 60_000 });
    database = await TestDatabase.open({ url: urlOf(`${name}_app`), acquireTimeoutMs: 60_000, poolMax: 3 });
    app = await startApp({ database });
  });
  afterAll(async () => {
    await app.close();
    await database.close();
    await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    await onServer(serverUrl, `DROP ROLE ${name}_owner`);
    await onServer(serverUrl, `DROP ROLE ${name}_app`);
  });

  it('are enough to sign up, log in, keep a roster, use a key, log out and purge', async () => {
    const person = await signUp(app);
    const login = await app.http.post('/api/auth/login', { json: { email: person.email, password: PASSWORD } });
    expect(login.status).toBe(200);
    const headers = apiKey((await makeKey(app, person)).apiKey);
    const artist = await app.http.post('/api/artists', { headers: person.headers, json: { name: 'Nina' } });
    expect(artist.status).toBe(201);
    expect((await app.http.get('/api/artists', { headers })).body['meta']).toMatchObject({ totalCount: 1 });
    expect((await app.http.post('/api/auth/logout', { headers: person.headers })).status).toBe(200);
    await app.nest.get(RefreshTokenPurgeJob).purge();
  });

  it('keep the server from changing the schema and from owning anything', async () => {
    await expect(database.query('CREATE TABLE extra (id int)')).rejects.toThrow(/permission denied/);
    await expect(database.query('ALTER TABLE users ADD COLUMN extra int')).rejects.toThrow(/must be owner/);
    await expect(database.query('DROP TABLE audit_events')).rejects.toThrow(/must be owner/);
  });
});
