import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import {
  API_FIELDS,
  expectFaultsIn,
  expectFields,
  expectNoContent,
  expectRefusal,
  expectSuccess,
  UNKNOWN_ID,
} from '../support/api-answers.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { admin, logIn, makeKey, type Person, signUp, superAdmin } from '../support/people.js';

let app: TestApp;
let root: Person;
let boss: Person;
beforeAll(async () => {
  app = await startApp();
  root = await superAdmin(app);
  boss = await admin(app);
});
afterAll(() => app.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  app.http.get(path, { headers });
const patch = (path: string, json: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  app.http.patch(path, { json, headers });
const remove = (path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> =>
  app.http.delete(path, { headers });

function expectUser(answer: HttpAnswer): void {
  expectSuccess(answer, 200);
  expectFields(answer.body.data, API_FIELDS.user);
}

describe('GET /api/users/me', () => {
  it('200 returns the user of the session, and of a key with profile:read', async () => {
    const person = await signUp(app, { phone: '+12025550123' });
    const key = await makeKey(app, person, { scopes: ['profile:read'] });
    for (const headers of [person.headers, apiKey(key.apiKey)]) {
      const answer = await get('/api/users/me', headers);
      expectUser(answer);
      expect(answer.body.data).toMatchObject({ id: person.id, phone: '+12025550123' });
    }
  });

  it('401 without credentials, 403 for a key without profile:read', async () => {
    const key = await makeKey(app, await signUp(app), { scopes: ['artists:read'] });
    expectRefusal(await get('/api/users/me'), 401, 'authentication_required');
    expectRefusal(await get('/api/users/me', apiKey(key.apiKey)), 403, 'insufficient_scope');
  });
});

describe('PATCH /api/users/me', () => {
  it('200 changes only the fields sent', async () => {
    const person = await signUp(app, { name: 'Ada Lovelace', phone: '+12025550123' });
    const renamed = await patch('/api/users/me', { lastName: ' King ' }, person.headers);
    expectUser(renamed);
    expect(renamed.body.data).toMatchObject({ name: 'Ada King', firstName: 'Ada', phone: '+12025550123' });
    const split = await patch('/api/users/me', { name: 'Mary  Ann Evans' }, person.headers);
    expect(split.body.data).toMatchObject({ firstName: 'Mary', lastName: 'Ann Evans' });
    const single = await patch('/api/users/me', { name: 'Cher' }, person.headers);
    expect(single.body.data).toMatchObject({ firstName: 'Cher', lastName: '', name: 'Cher' });
    const cleared = await patch('/api/users/me', { phone: null }, person.headers);
    expect(cleared.body.data.phone).toBeNull();
    expect((await get('/api/users/me', person.headers)).body.data).toEqual(cleared.body.data);
  });

  it('200 stores a new username in lower case, and ends no session', async () => {
    const person = await signUp(app);
    const username = `New-${Date.now().toString(36)}`;
    const answer = await patch('/api/users/me', { username }, person.headers);
    expect(answer.body.data.username).toBe(username.toLowerCase());
    expect(Date.parse(answer.body.data.updatedAt)).toBeGreaterThanOrEqual(Date.parse(answer.body.data.createdAt));
    expectUser(await get('/api/users/me', person.headers));
  });

  it('200 changes nothing for an empty object and without a body', async () => {
    const person = await signUp(app);
    const before = await get('/api/users/me', person.headers);
    const json = { 'content-type': 'application/json', ...person.headers };
    for (const answer of [
      await patch('/api/users/me', {}, person.headers),
      await app.http.patch('/api/users/me', { headers: person.headers }),
      await app.http.patch('/api/users/me', { headers: json, raw: '' }),
    ]) {
      expectUser(answer);
      expect(answer.body.data).toEqual(before.body.data);
    }
  });

  it('400 for names that are invisible, too long, or contain control characters', async () => {
    const { headers } = await signUp(app);
    for (const text of ['', '   ', '\u200b', 'x'.repeat(51), 'a\u0000b', 'a\ud800', null, 7, ['x']]) {
      expectFaultsIn(await patch('/api/users/me', { firstName: text }, headers), 'firstName');
      expectFaultsIn(await patch('/api/users/me', { lastName: text }, headers), 'lastName');
    }
    expectFaultsIn(await patch('/api/users/me', { name: 'x'.repeat(102) }, headers), 'name');
    expectFaultsIn(await patch('/api/users/me', { name: 'Ada Byron', firstName: 'Ada' }, headers), 'name');
    expectFaultsIn(await patch('/api/users/me', { username: 'x', phone: '1' }, headers), 'username', 'phone');
    expectFaultsIn(await patch('/api/users/me', { username: null }, headers), 'username');
  });

  it.each(['email', 'role', 'status', 'id', 'createdAt', 'password', 'passwordHash', 'constructor', 'toString'])(
    '400 for the field %s, and nothing changes',
    async (field) => {
      const person = await signUp(app);
      const before = await get('/api/users/me', person.headers);
      expectFaultsIn(await patch('/api/users/me', { [field]: 'admin', firstName: 'Eve' }, person.headers), field);
      expect((await get('/api/users/me', person.headers)).body).toEqual(before.body);
    },
  );

  it('409 for a reserved username, except the one that the user already has', async () => {
    const person = await signUp(app);
    expectRefusal(await patch('/api/users/me', { username: 'Admin' }, person.headers), 409, 'username_taken');
    await app.database.dataSource.query(`UPDATE users SET username = 'helpdesk' WHERE id = $1`, [person.id]);
    const kept = await patch('/api/users/me', { username: 'Helpdesk', phone: '+12025550123' }, person.headers);
    expect([kept.status, kept.body.data.username]).toEqual([200, 'helpdesk']);
  });

  it('409 for a username that is taken, in any case', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    const answer = await patch('/api/users/me', { username: other.username.toUpperCase() }, person.headers);
    expectRefusal(answer, 409, 'username_taken');
    expect((await patch('/api/users/me', { username: person.username }, person.headers)).status).toBe(200);
  });

  it('401 without credentials, 403 for an API key with every scope', async () => {
    const scopes = ['profile:read', 'artists:read', 'artists:write', 'users:read'];
    const key = await makeKey(app, await signUp(app), { scopes });
    expectRefusal(await patch('/api/users/me', { name: 'Eve' }), 401, 'authentication_required');
    expectRefusal(await patch('/api/users/me', { name: 'Eve' }, apiKey(key.apiKey)), 403, 'session_required');
  });
});

describe('GET /api/users', () => {
  it('200 lists all users, newest first, page by page, for an admin and their key with users:read', async () => {
    const people = [await signUp(app), await signUp(app), await signUp(app)];
    const key = await makeKey(app, boss, { scopes: ['users:read'] });
    for (const headers of [boss.headers, root.headers, apiKey(key.apiKey)]) {
      const answer = await get('/api/users?size=3', headers);
      expectSuccess(answer, 200, { list: true });
      expectFields(answer.body.meta, API_FIELDS.meta);
      const fields = headers['authorization'] === undefined ? [] : ['secondFactor'];
      for (const user of answer.body.data) expectFields(user, [...API_FIELDS.user, ...fields]);
      expect(answer.body.data.map((user) => user.id)).toEqual(people.map(({ id }) => id).reverse());
      expect(answer.body.meta).toMatchObject({ page: 0, size: 3 });
    }
  });

  it('finds by part of the e-mail, username or full name, without wildcards for % and _', async () => {
    const tag = Date.now().toString(36);
    const byName = await signUp(app, { name: `Zoe ${tag}` });
    const byEmail = await signUp(app, { email: `a_${tag}@example.com`, username: `x${tag}x` });
    const find = async (q: string): Promise<string[]> => {
      const answer = await get(`/api/users?q=${encodeURIComponent(q)}`, boss.headers);
      expectSuccess(answer, 200, { list: true });
      return answer.body.data.map((user) => user.id as string);
    };
    expect(await find(`zoe ${tag.toUpperCase()}`)).toEqual([byName.id]);
    expect(await find(`A_${tag}@`)).toEqual([byEmail.id]);
    expect(await find(`x${tag}X`)).toEqual([byEmail.id]);
    expect(await find(`%${tag}`)).toEqual([]);
    expect(await find(`o_${tag}`)).toEqual([]);
    expect(await find('\\')).toEqual([]);
  });

  it('filters by role and status', async () => {
    const person = await signUp(app);
    await patch(`/api/users/${person.id}`, { status: 'suspended' }, boss.headers);
    const suspended = await get('/api/users?status=suspended&size=100', boss.headers);
    expect(suspended.body.data.map((user) => user.id)).toContain(person.id);
    expect(new Set(suspended.body.data.map((user) => user.status))).toEqual(new Set(['suspended']));
    const roots = await get('/api/users?role=SUPER_ADMIN', boss.headers);
    expect(roots.body.data.map((user) => user.id)).toEqual([root.id]);
    expect(roots.body.meta).toEqual({ page: 0, size: 10, totalCount: 1, totalPages: 1, nextCursor: null });
  });

  it.each(['', '%20'])('takes an empty search for none: q=%s', async (q) => {
    const all = await get('/api/users?size=1', boss.headers);
    const { status, body } = await get(`/api/users?size=1&q=${q}`, boss.headers);
    expect({ status, meta: body.meta }).toEqual({ status: 200, meta: all.body.meta });
  });

  it('400 has a message for each invalid filter', async () => {
    const answer = await get('/api/users?role=god&status=gone&size=0&page=-1&q=a%00b&sort=name', boss.headers);
    expectFaultsIn(answer, 'role', 'status', 'size', 'page', 'q', 'sort');
  });

  it('401 without credentials, 403 for a user and for keys without the scope or role', async () => {
    const person = await signUp(app);
    const plain = await makeKey(app, person, { scopes: ['users:read'] });
    const narrow = await makeKey(app, boss);
    expectRefusal(await get('/api/users'), 401, 'authentication_required');
    expectRefusal(await get('/api/users', person.headers), 403, 'forbidden');
    expectRefusal(await get('/api/users', apiKey(plain.apiKey)), 403, 'forbidden');
    expectRefusal(await get('/api/users', apiKey(narrow.apiKey)), 403, 'insufficient_scope');
  });
});

describe('GET /api/users/{id}', () => {
  it('200 for the user’s own id and for admins', async () => {
    const person = await signUp(app);
    for (const headers of [person.headers, boss.headers, root.headers]) {
      const answer = await get(`/api/users/${person.id}`, headers);
      expectSuccess(answer, 200);
      const fields = headers === person.headers ? [] : ['secondFactor'];
      expectFields(answer.body.data, [...API_FIELDS.user, ...fields]);
      expect(answer.body.data.id).toBe(person.id);
    }
  });

  it('200 for the user’s own id in upper case', async () => {
    const person = await signUp(app);
    const answer = await get(`/api/users/${person.id.toUpperCase()}`, person.headers);
    expectUser(answer);
    expect(answer.body.data.id).toBe(person.id);
  });

  it('403 for any other id, whether it exists or not, byte for byte', async () => {
    const [person, other] = [await signUp(app), await signUp(app)];
    const there = await get(`/api/users/${other.id}`, person.headers);
    expectRefusal(there, 403, 'forbidden');
    for (const id of [UNKNOWN_ID, 'not-a-uuid', '%00', root.id]) {
      const answer = await get(`/api/users/${id}`, person.headers);
      expectRefusal(answer, 403, 'forbidden');
      expect(answer.text).toBe(there.text);
    }
  });

  it('404 for an admin and an unknown id; 401 without credentials', async () => {
    for (const id of [UNKNOWN_ID, 'not-a-uuid', '%00', `{${root.id}}`, root.id.replaceAll('-', ''), '__proto__']) {
      expectRefusal(await get(`/api/users/${id}`, boss.headers), 404, 'user_not_found');
    }
    expectRefusal(await get(`/api/users/${root.id}`), 401, 'authentication_required');
  });
});

describe('PATCH /api/users/{id}', () => {
  it('200 for an admin who changes a status, which ends the sessions at once and for good', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person);
    for (const status of ['suspended', 'inactive']) {
      const stopped = await patch(`/api/users/${person.id}`, { status }, boss.headers);
      expectUser(stopped);
      expect(stopped.body.data).toMatchObject({ id: person.id, status });
      expectRefusal(await get('/api/users/me', person.headers), 401, 'invalid_token');
      expectRefusal(await get('/api/users/me', apiKey(key.apiKey)), 401, 'invalid_api_key');
      const refresh = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
      expectRefusal(refresh, 401, 'invalid_refresh_token');
    }
    await patch(`/api/users/${person.id}`, { status: 'active' }, boss.headers);
    // The sessions ended for good; the key was only suspended.
    expectRefusal(await get('/api/users/me', person.headers), 401, 'invalid_token');
    expectUser(await get('/api/users/me', apiKey(key.apiKey)));
    expectUser(await get('/api/users/me', (await logIn(app, person.email)).headers));
  });

  it('200 for a SUPER_ADMIN who grants and revokes a role, which ends the user’s sessions', async () => {
    const person = await signUp(app);
    const granted = await patch(`/api/users/${person.id}`, { role: 'admin' }, root.headers);
    expectUser(granted);
    expect(granted.body.data.role).toBe('admin');
    expectRefusal(await get('/api/users/me', person.headers), 401, 'invalid_token');
    const again = await logIn(app, person.email);
    expectSuccess(await get('/api/users', again.headers), 200, { list: true });
    await patch(`/api/users/${person.id}`, { role: 'user' }, root.headers);
    expectRefusal(await get('/api/users', again.headers), 401, 'invalid_token');
    expectRefusal(await get('/api/users', (await logIn(app, person.email)).headers), 403, 'forbidden');
  });

  it('200 changes nothing, and ends no session, when the values are the same', async () => {
    const person = await signUp(app);
    for (const json of [{}, { status: 'active' }, { role: 'user' }, { role: 'user', status: 'active' }]) {
      expectUser(await patch(`/api/users/${person.id}`, json, root.headers));
    }
    expectUser(await get('/api/users/me', person.headers));
  });

  it('403 for an admin who grants a role, or changes an admin, a SUPER_ADMIN or their own role', async () => {
    const [person, peer] = [await signUp(app), await admin(app)];
    for (const [id, json] of [
      [person.id, { role: 'admin' }],
      [person.id, { role: 'user' }],
      [boss.id, { role: 'SUPER_ADMIN' }],
      [UNKNOWN_ID, { role: 'admin' }],
      [peer.id, { status: 'suspended' }],
      [root.id, { status: 'suspended' }],
    ] as const) {
      expectRefusal(await patch(`/api/users/${id}`, json, boss.headers), 403, 'forbidden');
    }
    expectUser(await get('/api/users/me', peer.headers));
  });

  it('403 for a user with any id and body, byte for byte', async () => {
    const person = await signUp(app);
    const first = await patch(`/api/users/${person.id}`, { role: 'admin' }, person.headers);
    expectRefusal(first, 403, 'forbidden');
    for (const id of [UNKNOWN_ID, root.id, 'not-a-uuid', '%00']) {
      for (const json of [{ status: 'active' }, { nonsense: 1 }]) {
        const answer = await patch(`/api/users/${id}`, json, person.headers);
        expectRefusal(answer, 403, 'forbidden');
        expect(answer.text).toBe(first.text);
      }
    }
  });

  it('403 for an API key of a SUPER_ADMIN, 401 without credentials', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, root, { scopes: ['users:read'] });
    const answer = await patch(`/api/users/${person.id}`, { status: 'suspended' }, apiKey(key.apiKey));
    expectRefusal(answer, 403, 'session_required');
    expectRefusal(await patch(`/api/users/${person.id}`, { status: 'suspended' }), 401, 'authentication_required');
  });

  it('404 for an unknown id, 400 for fields that cannot be set', async () => {
    for (const id of [UNKNOWN_ID, 'not-a-uuid', '%00']) {
      expectRefusal(await patch(`/api/users/${id}`, { status: 'active' }, root.headers), 404, 'user_not_found');
    }
    const person = await signUp(app);
    const json = { role: 'god', status: 'gone', email: 'x@example.com', name: 'Eve' };
    const answer = await patch(`/api/users/${person.id}`, json, root.headers);
    expectFaultsIn(answer, 'role', 'status', 'email', 'name');
    expectFaultsIn(await patch(`/api/users/${person.id}`, { status: null }, root.headers), 'status');
  });

  it('409 for demoting, suspending or deleting the last active SUPER_ADMIN', async () => {
    for (const json of [{ role: 'user' }, { role: 'admin' }, { status: 'suspended' }, { status: 'inactive' }]) {
      expectRefusal(await patch(`/api/users/${root.id}`, json, root.headers), 409, 'last_super_admin');
    }
    expectRefusal(await remove(`/api/users/${root.id}`, root.headers), 409, 'last_super_admin');
    expectUser(await get('/api/users/me', root.headers));
  });
});

describe('an id in upper case', () => {
  it('evades no rule, and is recorded in lower case', async () => {
    const [person, deleted] = [await signUp(app), await signUp(app)];
    const path = ({ id }: Person): string => `/api/users/${id.toUpperCase()}`;
    expectRefusal(await patch(path(boss), { role: 'SUPER_ADMIN' }, boss.headers), 403, 'forbidden');
    expectRefusal(await patch(path(root), { role: 'user' }, root.headers), 409, 'last_super_admin');
    expectRefusal(await remove(path(root), root.headers), 409, 'last_super_admin');
    expectUser(await patch(path(person), { status: 'suspended' }, boss.headers));
    expectNoContent(await remove(path(deleted), boss.headers));
    for (const [{ id }, event] of [
      [person, 'user.status_changed'],
      [deleted, 'user.deleted'],
    ] as const) {
      const lines = app.logLines.filter((line) => line.includes(event));
      expect(lines.some((line) => line.includes(`"userId":"${id}"`))).toBe(true);
    }
  });
});

describe('DELETE /api/users/{id}', () => {
  it('204 deletes sessions, keys, artists and songs too; then 404', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person);
    const artist = await app.http.post('/api/artists', { headers: person.headers, json: { name: 'Gone' } });
    const song = await app.http.post(`/api/artists/${artist.body.data.id}/songs`, {
      headers: person.headers,
      json: { title: 'Gone too' },
    });
    expectNoContent(await remove(`/api/users/${person.id}`, boss.headers));
    expectRefusal(await get('/api/users/me', person.headers), 401, 'invalid_token');
    expectRefusal(await get('/api/users/me', apiKey(key.apiKey)), 401, 'invalid_api_key');
    expectRefusal(await get(`/api/artists/${artist.body.data.id}`, root.headers), 404, 'artist_not_found');
    expectRefusal(await get(`/api/songs/${song.body.data.id}`, root.headers), 404, 'song_not_found');
    expectRefusal(await remove(`/api/users/${person.id}`, boss.headers), 404, 'user_not_found');
  });

  it('204 with an empty JSON body', async () => {
    const person = await signUp(app);
    const headers = { ...boss.headers, 'content-type': 'application/json' };
    expectNoContent(await app.http.delete(`/api/users/${person.id}`, { headers }));
  });

  it('403 for users with any id, for admins with the id of an admin, and for keys', async () => {
    const [person, peer] = [await signUp(app), await admin(app)];
    for (const id of [person.id, root.id, UNKNOWN_ID, 'not-a-uuid']) {
      expectRefusal(await remove(`/api/users/${id}`, person.headers), 403, 'forbidden');
    }
    for (const id of [peer.id, root.id, boss.id]) {
      expectRefusal(await remove(`/api/users/${id}`, boss.headers), 403, 'forbidden');
    }
    const key = await makeKey(app, root, { scopes: ['users:read'] });
    expectRefusal(await remove(`/api/users/${person.id}`, apiKey(key.apiKey)), 403, 'session_required');
    expectRefusal(await remove(`/api/users/${person.id}`), 401, 'authentication_required');
    expectUser(await get('/api/users/me', person.headers));
  });

  it('404 for an unknown id', async () => {
    for (const id of [UNKNOWN_ID, 'not-a-uuid', '%00']) {
      expectRefusal(await remove(`/api/users/${id}`, root.headers), 404, 'user_not_found');
    }
  });
});

describe('SECURITY 21: an e-mail address that signs up again after deletion', () => {
  it('is a new account: another id, no old data, and no old credential is accepted', async () => {
    const old = await signUp(app);
    const key = await makeKey(app, old);
    await app.http.post('/api/artists', { headers: old.headers, json: { name: 'Old' } });
    const root = await superAdmin(app);
    expect((await app.http.delete(`/api/users/${old.id}`, { headers: root.headers })).status).toBe(204);
    const fresh = await signUp(app, { email: old.email });
    expect(fresh.id).not.toBe(old.id);
    expect((await app.http.get('/api/artists', { headers: fresh.headers })).body.data).toEqual([]);
    expect((await app.http.get('/api/auth/keys', { headers: fresh.headers })).body.data).toEqual([]);
    for (const headers of [old.headers, apiKey(key.apiKey)]) {
      expect((await app.http.get('/api/users/me', { headers })).status).toBe(401);
    }
    const { refreshToken } = old;
    expect((await app.http.post('/api/auth/refresh', { json: { refreshToken } })).status).toBe(401);
  });
});
