import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { admin, logIn, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const isIn = async ({ headers }: Person): Promise<boolean> =>
  (await app.http.get('/api/users/me', { headers })).status === 200;

describe('GET /api/auth/sessions', () => {
  it('lists the user’s own sessions, newest first, with device, network and which is current', async () => {
    const first = await signUp(app);
    const login = await app.http.post('/api/auth/login', {
      json: { email: first.email, password: first.password },
      headers: { 'user-agent': 'Test phone \u00ff 1.0' },
    });
    const answer = await app.http.get('/api/auth/sessions', { headers: first.headers });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toHaveLength(2);
    const [newest, oldest] = answer.body.data;
    expect(Object.keys(newest).sort()).toEqual([
      'createdAt',
      'current',
      'device',
      'expiresAt',
      'id',
      'lastUsed',
      'network',
    ]);
    expect(newest).toMatchObject({ device: 'Test phone  1.0', network: '127.0.0.1', current: false, lastUsed: null });
    expect(oldest.current).toBe(true);
    expect(login.status).toBe(200);
  });

  it('403 for API keys', async () => {
    const person = await signUp(app);
    const key = await makeKey(app, person);
    for (const [method, path] of [
      ['GET', '/api/auth/sessions'],
      ['DELETE', '/api/auth/sessions'],
      ['DELETE', '/api/auth/sessions/x'],
    ] as const) {
      const refused = await app.http.call(method, path, { headers: apiKey(key.apiKey) });
      expect([refused.status, refused.body.code]).toEqual([403, 'session_required']);
    }
  });
});

describe('DELETE /api/auth/sessions/{id}', () => {
  it('ends one of the user’s own sessions at once; 404 for the sessions of others', async () => {
    const [here, stranger] = [await signUp(app), await signUp(app)];
    const there = await logIn(app, here.email);
    const listed = await app.http.get('/api/auth/sessions', { headers: here.headers });
    const id = listed.body.data[0].id as string;
    const answers: HttpAnswer[] = [];
    for (const wrong of [id, '01935c74-6f7a-7b81-a2c3-d4e5f6a7b8c9', 'no-uuid']) {
      answers.push(await app.http.delete(`/api/auth/sessions/${wrong}`, { headers: stranger.headers }));
    }
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    expect(await isIn(there)).toBe(true);
    expect((await app.http.delete(`/api/auth/sessions/${id}`, { headers: here.headers })).status).toBe(204);
    expect([await isIn(there), await isIn(here)]).toEqual([false, true]);
  });
});

describe('DELETE /api/auth/sessions', () => {
  it('ends all other sessions and keeps the current one', async () => {
    const here = await signUp(app);
    const others = [await logIn(app, here.email), await logIn(app, here.email)];
    expect((await app.http.delete('/api/auth/sessions', { headers: here.headers })).status).toBe(204);
    expect(await Promise.all([here, ...others].map(isIn))).toEqual([true, false, false]);
  });
});

describe('DELETE /api/users/{id}/sessions', () => {
  it('lets an admin log a user out everywhere, and no one else', async () => {
    const [boss, person, stranger] = [await admin(app), await signUp(app), await signUp(app)];
    const root = await superAdmin(app);
    expect((await app.http.delete(`/api/users/${person.id}/sessions`, { headers: stranger.headers })).status).toBe(403);
    expect((await app.http.delete(`/api/users/${root.id}/sessions`, { headers: boss.headers })).status).toBe(403);
    expect((await app.http.delete('/api/users/nobody/sessions', { headers: boss.headers })).status).toBe(404);
    expect((await app.http.delete(`/api/users/${person.id}/sessions`, { headers: boss.headers })).status).toBe(204);
    expect(await isIn(person)).toBe(false);
    expect((await logIn(app, person.email)).id).toBe(person.id);
  });
});

describe('POST /api/users/me/password', () => {
  const change = (person: Person, currentPassword: string, newPassword: string): Promise<HttpAnswer> =>
    app.http.post('/api/users/me/password', { headers: person.headers, json: { currentPassword, newPassword } });

  it('requires the current password, and ends the other sessions at once', async () => {
    const here = await signUp(app);
    const there = await logIn(app, here.email);
    expect(await change(here, PASSWORD, 'another-Harbour-43')).toMatchObject({ status: 200, body: { data: null } });
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect((await app.http.post('/api/auth/refresh', { json: { refreshToken: there.refreshToken } })).status).toBe(401);
    expect((await app.http.post('/api/auth/login', { json: { email: here.email, password: PASSWORD } })).status).toBe(
      401,
    );
    expect((await logIn(app, here.email, 'another-Harbour-43')).id).toBe(here.id);
  });

  it('changes nothing with a wrong current password or a weak new one', async () => {
    const here = await signUp(app);
    const wrong = await change(here, 'not-the-password', 'another-Harbour-43');
    expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
    for (const wanted of ['password1', here.email, 'short']) {
      const refused = await change(here, PASSWORD, wanted);
      expect([refused.status, refused.body.message.length]).toEqual([400, 1]);
      expect(refused.body.message[0]).toContain('newPassword');
    }
    expect((await logIn(app, here.email)).id).toBe(here.id);
  });

  it('lets one of two concurrent changes win', async () => {
    const here = await signUp(app);
    const answers = await Promise.all([
      change(here, PASSWORD, 'first-Harbour-44'),
      change(here, PASSWORD, 'other-Harbour-45'),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 401]);
    const winner = answers[0].status === 200 ? 'first-Harbour-44' : 'other-Harbour-45';
    expect((await logIn(app, here.email, winner)).id).toBe(here.id);
  });
});

describe('GET /api/audit', () => {
  it('lists the events of an account by cursor, for admins only', async () => {
    const [root, person] = [await superAdmin(app), await signUp(app)];
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { role: 'admin' } });
    await app.http.patch(`/api/users/${person.id}`, { headers: root.headers, json: { status: 'suspended' } });
    const first = await app.http.get(`/api/audit?userId=${person.id}&size=2`, { headers: root.headers });
    expect(first.body.data.map((entry) => entry.event)).toEqual(['user.status_changed', 'user.role_changed']);
    expect(first.body.data[1]).toMatchObject({
      actorId: root.id,
      userId: person.id,
      details: { from: 'user', to: 'admin' },
      ip: '127.0.0.1',
    });
    expect(first.body.meta).toMatchObject({ page: null, totalCount: null, totalPages: null });
    const rest = await app.http.get(`/api/audit?userId=${person.id}&cursor=${first.body.meta.nextCursor}`, {
      headers: root.headers,
    });
    expect(rest.body.data.map((entry) => entry.event)).toEqual(['account.created']);
    expect(rest.body.meta.nextCursor).toBeNull();
    const named = await app.http.get('/api/audit?event=user.role_changed&size=100', { headers: root.headers });
    expect(new Set(named.body.data.map((entry) => entry.event))).toEqual(new Set(['user.role_changed']));
    const stranger = await signUp(app);
    expect((await app.http.get('/api/audit', { headers: stranger.headers })).status).toBe(403);
    expect((await app.http.get('/api/audit?page=0', { headers: root.headers })).status).toBe(400);
  });

  it('cannot be changed, even by SQL', async () => {
    const person = await signUp(app);
    await app.http.get('/api/audit', { headers: (await superAdmin(app)).headers });
    const { database } = app;
    await expect(database.query('DELETE FROM audit_events WHERE user_id = $1', [person.id])).rejects.toThrow(
      'append-only',
    );
    await expect(database.query(`UPDATE audit_events SET event = 'x'`)).rejects.toThrow('append-only');
  });
});
