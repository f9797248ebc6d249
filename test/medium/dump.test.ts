import { createPrivateKey, type PrivateKeyInput } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SigningKeyStore } from '../../src/modules/auth/tokens/signing-key-store.js';
import { SystemClock } from '../../src/common/clock.js';
import { startApp, SUPER_ADMIN, type TestApp } from '../support/app.js';
import { apiKey, bearer } from '../support/http-client.js';
import { admin, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

/*
 * A thief has a copy of the database and nothing else. Every text and every byte string in it is presented as every kind
 * of credential, as it stands and in the usual ways of writing bytes down. Nothing may open.
 */

type Value = string | Buffer;

/** Every text and byte string of every table, those within lists and JSON too. */
async function dump(app: TestApp): Promise<Map<string, Value[]>> {
  const { dataSource } = app.database;
  const tables = await dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  const found = new Map<string, Value[]>();
  for (const { name } of tables) {
    const rows = await dataSource.query<object[]>(`SELECT * FROM "${name}"`);
    found.set(name, rows.flatMap(valuesIn));
  }
  return found;
}

function valuesIn(value: unknown): Value[] {
  if (typeof value === 'string' || Buffer.isBuffer(value)) return [value];
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  return Object.values(value).flatMap(valuesIn);
}

const UUID = /^[0-9a-f-]{36}$/;

/** As it stands (bytes: as the text they may spell), in hexadecimal, and in both alphabets of base64; ids as they stand. */
function spellings(value: Value): string[] {
  if (typeof value === 'string' && UUID.test(value)) return [value];
  const bytes = Buffer.from(value as string);
  return [bytes.toString('utf8'), bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url')];
}

describe('SECURITY 7: a dump of the database, after everything has been used', () => {
  let app: TestApp;
  let tables: Map<string, Value[]>;
  let candidates: string[];
  let accounts: { email: string; password: string }[];
  let person: Person;
  let key: { keyId: string; apiKey: string };

  beforeAll(async () => {
    app = await startApp({ env: { HASH_CONCURRENCY: '2' } });
    const [root, boss] = [await superAdmin(app), await admin(app)];
    person = await signUp(app, { phone: '+12025550123' });
    const suspended = await signUp(app);
    key = await makeKey(app, person, { name: 'Dumped' });
    accounts = [
      { email: person.email, password: PASSWORD },
      { email: boss.email, password: PASSWORD },
      { email: root.email, password: SUPER_ADMIN.password },
    ];

    const http = app.http;
    await http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    await http.get('/api/users/me', { headers: apiKey(key.apiKey) });
    await http.post('/api/auth/logout', { headers: (await logIn(app, person.email)).headers });
    await http.post(`/api/auth/keys/${key.keyId}/rotate`, { headers: person.headers, json: { overlapSeconds: 3600 } });
    const feedForm = { username: person.email, password: PASSWORD };
    const feed = await http.post('/auth', { form: feedForm, headers: apiKey(key.apiKey) });
    expect(feed.status).toBe(200);
    const artist = await http.post('/api/artists', { headers: person.headers, json: { name: 'Jane Artist' } });
    const song = { title: 'First Song', isrc: 'USRC17607839', releaseDate: '2026-01-01', durationMs: 1000 };
    const made = await http.post(`/api/artists/${artist.body.data.id}/songs`, { headers: person.headers, json: song });
    expect(made.status).toBe(201);
    await http.patch(`/api/users/${suspended.id}`, { headers: boss.headers, json: { status: 'suspended' } });
    const doomed = await signUp(app);
    await makeKey(app, doomed);
    expect((await http.delete(`/api/users/${doomed.id}`, { headers: boss.headers })).status).toBe(204);
    await http.post('/api/auth/login', { json: { email: person.email, password: 'a wrong guess' } });
    await new SigningKeyStore(app.database, new SystemClock()).publishNext();

    tables = await dump(app);
    candidates = [...new Set([...tables.values()].flat().flatMap(spellings))];
  }, 120_000);
  afterAll(() => app.close());

  it('is full: each table in which secrets lie has rows', () => {
    for (const table of ['users', 'sessions', 'api_keys', 'signing_keys']) {
      expect(tables.get(table)?.length, table).toBeGreaterThan(3);
    }
    expect(candidates).toContain(person.email);
    expect(candidates.length).toBeGreaterThan(200);
  });

  it('what was used to fill it does open, so that a refusal means something', async () => {
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    expect((await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) })).status).toBe(200);
    const refreshed = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(refreshed.status).toBe(200);
    for (const { email, password } of accounts) await logIn(app, email, password);
  });

  it('holds no password, token or key as it was handed out', () => {
    const { password, token, refreshToken } = person;
    for (const secret of [password, SUPER_ADMIN.password, token, refreshToken, key.apiKey]) {
      expect(candidates.filter((text) => text.includes(secret))).toEqual([]);
    }
  });

  it('opens nothing as an access token or an API key', async () => {
    for (const text of candidates.filter((each) => /^[\x21-\x7e]{1,8000}$/.test(each))) {
      for (const headers of [bearer(text), apiKey(text), { ...bearer(text), ...apiKey(text) }]) {
        const answer = await app.http.get('/api/users/me', { headers });
        expect(answer.status, text).toBe(401);
      }
    }
  }, 120_000);

  it('opens nothing as a refresh token', async () => {
    for (const refreshToken of candidates) {
      const answer = await app.http.post('/api/auth/refresh', { json: { refreshToken } });
      expect([400, 401], refreshToken).toContain(answer.status);
    }
  }, 120_000);

  it('opens no account as its password', async () => {
    // A hash costs what it costs: every spelling for one account, and for the others what is no id, as it stands.
    const raw = [...tables.values()]
      .flat()
      .map((value) => Buffer.from(value as string).toString('utf8'))
      .filter((text) => !UUID.test(text));
    const guesses = accounts.flatMap(({ email }, i) =>
      [...new Set(i === 0 ? candidates : raw)].map((password) => ({ email, password })),
    );
    for (let i = 0; i < guesses.length; i += 8) {
      const answers = await Promise.all(
        guesses.slice(i, i + 8).map((json) => app.http.post('/api/auth/login', { json })),
      );
      for (const [j, { status }] of answers.entries()) expect([400, 401], guesses[i + j].password).toContain(status);
    }
  }, 240_000);

  it('holds no private key that signs', () => {
    const bytes = [...tables.values()].flat().map((value) => Buffer.from(value as string));
    const forms: Pick<PrivateKeyInput, 'format' | 'type'>[] = [
      { format: 'der', type: 'pkcs8' },
      { format: 'der', type: 'sec1' },
      { format: 'pem' },
    ];
    for (const key of bytes) for (const form of forms) expect(() => createPrivateKey({ key, ...form })).toThrow();
    expect(JSON.stringify([...tables.values()])).not.toMatch(/PRIVATE KEY|"d":/);
  });
});
