import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { admin, logIn, makeKey, type Person, signUp } from '../support/people.js';

/** Longer than a login is recent, and shorter than an access token lives. */
const NOT_RECENT_SECONDS = 601;

const clock = new TestClock();
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ clock });
});
afterAll(() => app.close());

async function denialsOf({ id }: Person): Promise<string[]> {
  await app.nest.get(AuditTrail, { strict: false }).flush();
  const rows = await app.database.query<{ reason: string }>(
    `SELECT details->>'reason' AS reason FROM audit_events
      WHERE event = 'access.denied' AND user_id = $1 ORDER BY created_at, id`,
    [id],
  );
  return rows.map(({ reason }) => reason);
}

const CASES: Record<string, [reason: string, who: () => Promise<Person>, call: (p: Person) => Promise<HttpAnswer>]> = {
  'a role that the route requires': [
    'forbidden',
    () => signUp(app),
    ({ headers }) => app.http.get('/api/users', { headers }),
  ],
  'a recent login that the route requires': [
    'reauthentication_required',
    async () => {
      const person = await signUp(app);
      clock.advance(NOT_RECENT_SECONDS);
      return person;
    },
    ({ headers }) => app.http.get('/api/users/me/export', { headers }),
  ],
  'a rule of a service about another account': [
    'forbidden',
    () => admin(app),
    async ({ headers }) => {
      const peer = await admin(app);
      return app.http.patch(`/api/users/${peer.id}`, { headers, json: { status: 'suspended' } });
    },
  ],
  'a recent login that a service requires': [
    'reauthentication_required',
    async () => {
      const person = await admin(app);
      clock.advance(NOT_RECENT_SECONDS);
      return person;
    },
    async ({ headers }) => {
      const { id } = await signUp(app);
      return app.http.patch(`/api/users/${id}`, { headers, json: { emailVerified: true } });
    },
  ],
};

describe('SECURITY 55: a request that a known user may not make', () => {
  it.each(Object.entries(CASES))(
    'is recorded once, and once a minute: for want of %s',
    async (_, [reason, who, call]) => {
      const person = await who();
      for (const denials of [[reason], [reason]]) {
        expect((await call(person)).status).toBe(403);
        expect(await denialsOf(person)).toEqual(denials);
      }
      clock.advance(60);
      expect((await call(person)).status).toBe(403);
      expect(await denialsOf(person)).toEqual([reason, reason]);
    },
  );

  it('is recorded with the key that it was made with', async () => {
    const person = await signUp(app);
    const { apiKey: key, keyId } = await makeKey(app, person);
    expect((await app.http.get('/api/auth/keys', { headers: apiKey(key) })).status).toBe(403);
    await app.nest.get(AuditTrail, { strict: false }).flush();
    const rows = await app.database.query('SELECT key_id, details FROM audit_events WHERE key_id = $1 AND event = $2', [
      keyId,
      'access.denied',
    ]);
    expect(rows).toEqual([{ key_id: keyId, details: { reason: 'session_required' } }]);
  });

  it('is recorded for a key whose owner has to do something first', async () => {
    const strict = await startApp({ env: { EMAIL_VERIFICATION: 'required' } });
    const person = await signUp(strict);
    await strict.database.query('UPDATE users SET email_verified_at = now() WHERE id = $1', [person.id]);
    const { apiKey: key, keyId } = await makeKey(strict, await logIn(strict, person.email));
    await strict.database.query('UPDATE users SET email_verified_at = NULL WHERE id = $1', [person.id]);
    for (let i = 0; i < 2; i++)
      expect((await strict.http.get('/api/artists', { headers: apiKey(key) })).status).toBe(403);
    await strict.nest.get(AuditTrail, { strict: false }).flush();
    const rows = await strict.database.query('SELECT details FROM audit_events WHERE key_id = $1 AND event = $2', [
      keyId,
      'access.denied',
    ]);
    expect(rows).toEqual([{ details: { reason: 'email_not_verified' } }]);
    await strict.close();
  });

  it('leaves no event where it fails for another reason', async () => {
    const person = await signUp(app);
    expect((await app.http.get(`/api/artists/${person.id}`, { headers: person.headers })).status).toBe(404);
    expect((await app.http.patch('/api/users/me', { headers: person.headers, json: { name: '' } })).status).toBe(400);
    expect(await denialsOf(person)).toEqual([]);
  });
});
