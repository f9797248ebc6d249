import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/common/clock.js';
import { expectNoContent, expectRefusal, expectSuccess, UNKNOWN_ID } from '../support/api-answers.js';
import { dumpDatabase } from '../support/database-dump.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { type MailApp, startMailApp } from '../support/mailbox.js';
import { addPasskey, PASSKEY_ENV } from '../support/passkeys.js';
import { insertTotp } from '../support/second-factor.js';
import { admin, freshEmail, logIn, makeKey, type Person, signUp, superAdmin } from '../support/people.js';

let app: MailApp;
let root: Person;
beforeAll(async () => {
  app = await startMailApp({ env: { EMAIL_VERIFICATION: 'ask', ...PASSKEY_ENV } });
  root = await superAdmin(app);
});
afterAll(() => app.close());

const exportOf = (id: string, { headers }: Person): Promise<HttpAnswer> =>
  app.http.get(`/api/users/${id}/export`, { headers });
const deleteMe = (headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  app.http.delete('/api/users/me', { headers });

/** Makes the logins of a user as old as they may not be for what requires a recent one. */
async function ageLogins({ id }: Person): Promise<void> {
  const sql = `UPDATE sessions SET authenticated_at = authenticated_at - interval '601 s' WHERE user_id = $1`;
  await app.database.query(sql, [id]);
}

async function auditOf({ id }: Person, event: string): Promise<unknown[]> {
  const { body } = await app.http.get(`/api/audit?userId=${id}&event=${event}`, { headers: root.headers });
  return body.data as unknown as unknown[];
}

let phones = 1000;

/** A user who has something in every table that refers to users. */
async function busyPerson(): Promise<Person & { readonly phone: string; readonly lastName: string }> {
  const [phone, lastName] = [`+1202555${phones++}`, `Quist${randomBytes(4).toString('hex')}`];
  const person = await signUp(app, { phone, name: `Wilhelmina ${lastName}` });
  const { headers } = person;
  const verify = { code: await app.codeFor(person.email) };
  expectSuccess(await app.http.post('/api/users/me/email/verify', { headers, json: verify }), 200);
  const agent = { 'user-agent': `Walkman/1.0 (${person.username})` };
  await app.http.post('/api/auth/login', { headers: agent, json: { email: person.email, password: person.password } });
  await makeKey(app, person);
  await addPasskey(app, person);
  const artist = await app.http.post('/api/artists', { headers, json: { name: 'Midnight' } });
  const songs = `/api/artists/${artist.body.data.id}/songs`;
  for (const title of ['One', 'Two']) expectSuccess(await app.http.post(songs, { headers, json: { title } }), 201);
  const twin = await app.http.post('/api/artists', { headers, json: { name: 'Midnight again' } });
  const merge = { headers, json: { into: artist.body.data.id } };
  expectSuccess(await app.http.post(`/api/artists/${twin.body.data.id}/merge`, merge), 200);
  await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
  // A change of address, done: the old address keeps an undo code. Then another that waits.
  for (const email of [freshEmail(), freshEmail()]) {
    await app.http.post('/api/users/me/email', { headers, json: { email } });
    const code = await app.codeFor(email);
    if ((await app.http.get('/api/users/me', { headers })).body.data.email === person.email) {
      expectSuccess(await app.http.post('/api/users/me/email/verify', { headers, json: { code } }), 200);
    }
  }
  await app.http.post('/api/auth/password/forgot', { json: { email: person.email } });
  await insertTotp(app, new SystemClock(), person.id);
  await app.database.query('UPDATE totp_factors SET notified_at = now(), wrong_codes = ARRAY[now()]');
  await app.database.query('INSERT INTO recovery_codes (user_id, digest, created_at) VALUES ($1, $2, now())', [
    person.id,
    randomBytes(32),
  ]);
  return { ...person, phone, lastName };
}

type Row = Record<string, unknown>;

/** Every row that foreign keys lead to from a user, by table. */
async function rowsOf(userId: string): Promise<Map<string, Row[]>> {
  const { database } = app;
  const keys = await database.query<{ from: string; column: string; to: string; target: string }>(
    `SELECT conrelid::regclass::text AS from, a.attname AS column, confrelid::regclass::text AS to, b.attname AS target
       FROM pg_constraint
       JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
       JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = confkey[1]
      WHERE contype = 'f'`,
  );
  const found = new Map<string, Row[]>([
    ['users', await database.query<Row>('SELECT * FROM users WHERE id = $1', [userId])],
  ]);
  // Also visits the tables that are added on the way.
  for (const [table, rows] of found) {
    for (const { from, column, target } of keys.filter(({ to }) => to === table)) {
      const values = rows.map((row) => row[target]);
      const referring = await database.query<Row>(`SELECT * FROM ${from} WHERE "${column}" = ANY($1)`, [values]);
      found.set(from, [...(found.get(from) ?? []), ...referring]);
    }
  }
  return found;
}

/** Where an export has the rows of a table: the section, and which of its fields holds which column. */
const SECTIONS: Readonly<Record<string, readonly [section: string, field: string, column: string]>> = {
  users: ['user', 'id', 'id'],
  sessions: ['sessions', 'id', 'id'],
  known_networks: ['knownNetworks', 'network', 'network'],
  totp_factors: ['totp', 'notifiedAt', 'notified_at'],
  recovery_codes: ['recoveryCodes', 'createdAt', 'created_at'],
  api_keys: ['apiKeys', 'keyId', 'key_id'],
  passkeys: ['passkeys', 'id', 'id'],
  artists: ['artists', 'id', 'id'],
  merged_artists: ['mergedArtists', 'id', 'id'],
  songs: ['songs', 'id', 'id'],
  email_codes: ['emailCodes', 'id', 'id'],
  outbox_messages: ['mails', 'id', 'id'],
};

/** Mails to a new address are not listed, and its code only once it is used: they tell whether the address is free. */
const isListed = (row: Row): boolean =>
  row['kind'] !== 'mail.new-address' && (row['kind'] !== 'new_address' || row['used_at'] !== null);

/** Hashes of secrets, and indexes of what the artists and songs themselves hold. */
const NOT_EXPORTED = ['spent_refresh_tokens', 'artist_identifiers', 'song_identifiers'];

const valuesOf = (rows: readonly Row[], name: string): unknown[] =>
  [...new Set(rows.map(({ [name]: value }) => (value instanceof Date ? value.toISOString() : value)))].sort();

describe('GET /api/users/me/export', () => {
  it('SECURITY 53: has every row that foreign keys lead to from the user, and every audit event', async () => {
    const person = await busyPerson();
    const answer = await exportOf('me', person);
    expectSuccess(answer, 200);
    const { factors, ...others } = answer.body.data as unknown as Record<string, Row>;
    const data = { ...others, ...factors } as Record<string, Row | Row[]>;
    const tables = await rowsOf(person.id);
    for (const [table, rows] of tables) {
      if (NOT_EXPORTED.includes(table)) continue;
      const [section, field, column] = SECTIONS[table] ?? ['', '', ''];
      expect(rows, `the user has rows in ${table}`).not.toEqual([]);
      expect(valuesOf([data[section] ?? []].flat(), field), table).toEqual(valuesOf(rows.filter(isListed), column));
    }
    expect([...tables.keys()].sort()).toEqual([...Object.keys(SECTIONS), ...NOT_EXPORTED].sort());
    const events = await app.database.query<Row>('SELECT id FROM audit_events WHERE $1 IN (user_id, actor_id)', [
      person.id,
    ]);
    expect(valuesOf(data['auditEvents'] as Row[], 'id')).toEqual(valuesOf(events, 'id'));
  });

  it('has what an account says of itself, and no secret', async () => {
    const person = await busyPerson();
    const { body, text, headers } = await exportOf('me', person);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { user, sessions, auditEvents } = body.data as unknown as Record<string, Row & Row[]>;
    expect(user).toMatchObject({ phone: person.phone, name: `Wilhelmina ${person.lastName}` });
    expect(user?.['pendingEmail']).toMatch(/@example\.com$/);
    expect(sessions).toContainEqual(expect.objectContaining({ device: `Walkman/1.0 (${person.username})` }));
    expect(auditEvents?.[0]).toMatchObject({ event: 'account.exported', actorId: person.id });
    const tables = await rowsOf(person.id);
    const secrets = [...tables.values()].flat().flatMap((row) => Object.values(row).filter(Buffer.isBuffer));
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) {
      for (const form of ['hex', 'base64', 'base64url', 'utf8'] as const)
        expect(text).not.toContain(secret.toString(form));
    }
    expect(text).not.toMatch(/argon2|"data":\s*\[\d/);
  });

  it('SECURITY 42: does not tell whether a new address has a user', async () => {
    const [asking, other] = [await signUp(app), await signUp(app)];
    await app.database.query(`UPDATE users SET status = 'suspended' WHERE id = $1`, [other.id]);
    const exports: unknown[] = [];
    for (const email of [freshEmail(), other.email, root.email]) {
      await app.http.post('/api/users/me/email', { headers: asking.headers, json: { email } });
      await app.mailsTo(email);
      const { mails, emailCodes } = (await exportOf('me', asking)).body.data as unknown as Record<string, Row[]>;
      exports.push([mails?.map(({ kind }) => kind), emailCodes?.map(({ kind }) => kind)]);
    }
    const same = [['verify'], ['verification']];
    expect(exports).toEqual([same, same, same]);
  });

  it('has all rows of a large account, once each', async () => {
    const person = await signUp(app);
    await app.database.query(
      `WITH artist AS (
         INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
         SELECT gen_random_uuid(), $1, 'Artist ' || n, 'active', now(), now() FROM generate_series(1, 3) AS n
         RETURNING id)
       INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
       SELECT gen_random_uuid(), id, $1, 'Song ' || n, now(), now() FROM artist, generate_series(1, 1001) AS n`,
      [person.id],
    );
    const { songs, artists } = (await exportOf('me', person)).body.data as unknown as Record<string, Row[]>;
    expect(artists).toHaveLength(3);
    expect(songs).toHaveLength(3003);
    expect(valuesOf(songs ?? [], 'id')).toHaveLength(3003);
  });

  it('has merged artists and songs in the order of the artists, newest first', async () => {
    const person = await signUp(app);
    await app.database.query(
      `WITH artist AS (
         INSERT INTO artists (id, user_id, name, status, created_at, updated_at)
         SELECT gen_random_uuid(), $1, 'Artist ' || n, 'active', now() + make_interval(secs => n), now()
           FROM unnest(ARRAY[2, 1, 3]) AS n
         RETURNING id, created_at),
       merged AS (
         INSERT INTO merged_artists (id, artist_id, merged_at) SELECT gen_random_uuid(), id, now() FROM artist)
       INSERT INTO songs (id, artist_id, user_id, title, created_at, updated_at)
       SELECT gen_random_uuid(), id, $1, 'Song', now() - (created_at - now()), now() FROM artist`,
      [person.id],
    );
    const { artists, mergedArtists, songs } = (await exportOf('me', person)).body.data as unknown as Record<
      string,
      Row[]
    >;
    const order = artists?.map(({ id }) => id);
    expect(artists?.map(({ name }) => name)).toEqual(['Artist 3', 'Artist 2', 'Artist 1']);
    expect(mergedArtists?.map(({ artistId }) => artistId)).toEqual(order);
    expect(songs?.map(({ artistId }) => artistId)).toEqual(order);
  });

  it('403 without a recent login; 401 without credentials', async () => {
    const person = await signUp(app);
    await ageLogins(person);
    expectRefusal(await exportOf('me', person), 403, 'reauthentication_required');
    expectRefusal(await app.http.get('/api/users/me/export'), 401, 'authentication_required');
  });
});

describe('GET /api/users/{id}/export', () => {
  it('200 gives a SUPER_ADMIN the account of another, which is on record', async () => {
    const person = await busyPerson();
    const answer = await exportOf(person.id.toUpperCase(), root);
    expectSuccess(answer, 200);
    const { user, auditEvents } = answer.body.data as unknown as Record<string, Row & Row[]>;
    expect(user).toMatchObject({ id: person.id });
    expect(auditEvents?.[0]).toMatchObject({ event: 'account.exported', actorId: root.id, userId: person.id });
  });

  it('403 for anyone else, with their own id too; 404 for an unknown id', async () => {
    const [person, boss] = [await signUp(app), await admin(app)];
    for (const [by, id] of [
      [person, person.id],
      [boss, person.id],
      [boss, boss.id],
      [boss, UNKNOWN_ID],
    ] as const) {
      expectRefusal(await exportOf(id, by), 403, 'forbidden');
    }
    for (const id of [UNKNOWN_ID, 'not-a-uuid']) expectRefusal(await exportOf(id, root), 404, 'user_not_found');
  });

  it('403 without a recent login', async () => {
    const old = await superAdmin(app);
    await ageLogins(old);
    expectRefusal(await exportOf(old.id, old), 403, 'reauthentication_required');
    root = await superAdmin(app);
  });
});

describe('PATCH /api/users/{id} with emailVerified', () => {
  const verify = ({ id }: Person, { headers }: Person, emailVerified: unknown = true): Promise<HttpAnswer> =>
    app.http.patch(`/api/users/${id}`, { headers, json: { emailVerified } });

  it('200 verifies the address, ends no session, and is recorded once', async () => {
    const [person, boss] = [await signUp(app), await admin(app)];
    for (let i = 0; i < 2; i++) {
      const answer = await verify(person, boss);
      expectSuccess(answer, 200);
      expect(answer.body.data).toMatchObject({ emailVerified: true, role: 'user', status: 'active' });
    }
    const me = await app.http.get('/api/users/me', { headers: person.headers });
    expect(me.body.data).toMatchObject({ emailVerified: true });
    expect(await auditOf(person, 'email.verified')).toMatchObject([{ actorId: boss.id, userId: person.id }]);
  });

  it('403 without a recent login, which a change of status needs not', async () => {
    const [person, boss] = [await signUp(app), await admin(app)];
    await ageLogins(boss);
    expectRefusal(await verify(person, boss), 403, 'reauthentication_required');
    const json = { status: 'inactive' };
    expectSuccess(await app.http.patch(`/api/users/${person.id}`, { headers: boss.headers, json }), 200);
    const { body } = await app.http.get(`/api/users/${person.id}`, { headers: boss.headers });
    expect(body.data).toMatchObject({ emailVerified: false });
  });

  it('403 for users, and for admins with the account of an admin; 400 for false', async () => {
    const [person, boss, peer] = [await signUp(app), await admin(app), await admin(app)];
    expectRefusal(await verify(person, person), 403, 'forbidden');
    expectRefusal(await verify(peer, boss), 403, 'forbidden');
    expectSuccess(await verify(peer, root), 200);
    for (const value of [false, 'true', null]) {
      expectRefusal(await verify(person, boss, value), 400, 'invalid_request');
    }
  });
});

describe('DELETE /api/users/me', () => {
  it('204 deletes the account, whose credentials are refused at once', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person);
    expectNoContent(await deleteMe(person.headers));
    expectRefusal(await app.http.get('/api/users/me', { headers: person.headers }), 401, 'invalid_token');
    expectRefusal(await app.http.get('/api/users/me', { headers: apiKey(key.apiKey) }), 401, 'invalid_api_key');
    expectRefusal(await app.http.get(`/api/users/${person.id}`, { headers: root.headers }), 404, 'user_not_found');
    expect(await auditOf(person, 'user.deleted')).toMatchObject([{ actorId: person.id, userId: person.id }]);
  });

  it('204 for admins, and for a SUPER_ADMIN who is not the last', async () => {
    const [boss, second] = [await admin(app), await admin(app)];
    const json = { role: 'SUPER_ADMIN' };
    expectSuccess(await app.http.patch(`/api/users/${second.id}`, { headers: root.headers, json }), 200);
    for (const { email } of [boss, second]) expectNoContent(await deleteMe((await logIn(app, email)).headers));
  });

  it('409 for the last active SUPER_ADMIN, who stays', async () => {
    expectRefusal(await deleteMe(root.headers), 409, 'last_super_admin');
    expectSuccess(await app.http.get('/api/users/me', { headers: root.headers }), 200);
  });

  it('403 without a recent login, or with an API key; 401 without credentials', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person, { scopes: ['profile:read'] });
    await ageLogins(person);
    expectRefusal(await deleteMe(person.headers), 403, 'reauthentication_required');
    expectRefusal(await deleteMe(apiKey(key.apiKey)), 403, 'session_required');
    expectRefusal(await deleteMe(), 401, 'authentication_required');
    expectSuccess(await app.http.get('/api/users/me', { headers: person.headers }), 200);
  });
});

describe('SECURITY 53: erasure', () => {
  /** What of the user's data the database holds, by table. */
  async function remainsOf(data: readonly string[]): Promise<string[]> {
    const dump = await dumpDatabase(app.database);
    return [...dump].flatMap(([table, values]) => {
      const texts = values.map((value) => value.toString().toLowerCase());
      return data
        .filter((each) => texts.some((text) => text.includes(each.toLowerCase())))
        .map((each) => `${table}: ${each}`);
    });
  }

  it('leaves no address, name, phone number or user agent of the user in the database', async () => {
    const [person, other] = [await busyPerson(), await signUp(app)];
    const { body } = await exportOf('me', person);
    const { user } = body.data as unknown as { user: Record<string, string> };
    // Someone else tries to take the address, and someone asks for a reset of it.
    await app.http.post('/api/users/me/email', { headers: other.headers, json: { email: user['email'] } });
    await app.http.post('/api/users/me/email', { headers: other.headers, json: { email: freshEmail() } });
    await app.http.post('/api/auth/password/forgot', { json: { email: user['email'] } });
    await app.http.post('/api/auth/login', { json: { email: user['email'], password: 'a wrong guess' } });
    const { email, username, phone, lastName } = person;
    const data = [email, user['email'], user['pendingEmail'], username, phone, lastName] as string[];
    expect((await remainsOf(data)).length).toBeGreaterThan(8);

    expectNoContent(await deleteMe(person.headers));
    // Sends what still waits.
    await app.mailsTo(person.email);
    expect(await auditOf(person, 'user.deleted')).toHaveLength(1);
    expect(await remainsOf(data)).toEqual([]);
  });

  it('keeps the audit events of the user, with ids and network addresses', async () => {
    const person = await busyPerson();
    expectNoContent(await deleteMe(person.headers));
    const events = await auditOf(person, 'account.created');
    expect(events).toMatchObject([{ userId: person.id, ip: '127.0.0.1' }]);
  });
});
