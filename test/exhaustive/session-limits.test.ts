import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { generateApiKey } from '../../src/modules/api-keys/api-key-secret.js';
import { RateLimits } from '../../src/modules/rate-limits/rate-limits.js';
import { AuditTrail } from '../../src/modules/security-events/audit-trail.js';
import { expectRefusal } from '../support/api-answers.js';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshAddress } from '../support/networks.js';
import { logIn, makeKey, type Person, signUp } from '../support/people.js';
import { recordRequestQueries } from '../support/queries.js';

const REQUESTS_A_MINUTE = 6000;
const COSTLY_WRITES = 200;
const UNKNOWN_KEYS = 300;

const clock = new TestClock();
let app: TestApp;
let limits: RateLimits;
let person: Person;
beforeAll(async () => {
  app = await startApp({ clock, env: { RATE_LIMIT_ENABLED: 'true', TRUST_PROXY: 'loopback' } });
  limits = app.nest.get(RateLimits, { strict: false });
  stopBackgroundWork(app);
});
afterAll(() => app.close());
beforeEach(async () => {
  person = await signUp(app);
});

const repeat = async (times: number, work: () => Promise<unknown>): Promise<void> => {
  for (let i = 0; i < times; i++) await work();
};
const sidOf = ({ token }: Pick<Person, 'token'>): string => decodeJwt<{ sid: string }>(token).sid;
const audited = async (event: string): Promise<object[]> => {
  await app.nest.get(AuditTrail, { strict: false }).flush();
  return app.database.query('SELECT session_id, key_id, details FROM audit_events WHERE event = $1 AND user_id = $2', [
    event,
    person.id,
  ]);
};

describe('SECURITY 55: a session', () => {
  it('may send 6,000 requests a minute, then gets 429 in every contract; other sessions are not affected', async () => {
    const sid = sidOf(person);
    await repeat(REQUESTS_A_MINUTE - 1, () => limits.countSessionUse(sid));
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(200);
    expectRefusal(await app.http.get('/api/users/me', { headers: person.headers }), 429, 'rate_limited');
    for (const path of ['/api/v1/auth/keys', '/v1/user/profile']) {
      expect((await app.http.get(path, { headers: person.headers })).status).toBe(429);
    }
    const other = await logIn(app, person.email);
    expect((await app.http.get('/api/users/me', { headers: other.headers })).status).toBe(200);
    const lines = app.logLines.filter((line) => line.includes('session.throttled') && line.includes(sid));
    expect(lines).toHaveLength(1);
  });

  const WRITES = [
    ['POST', '/api/auth/keys'],
    ['POST', '/api/auth/keys/key_x/rotate'],
    ['DELETE', '/api/auth/keys/key_x'],
    ['POST', '/api/v1/auth/keys'],
    ['DELETE', '/api/v1/auth/keys/key_x'],
    ['DELETE', '/api/auth/sessions'],
    ['DELETE', `/api/auth/sessions/${randomUUID()}`],
    ['POST', '/api/users/me/passkeys'],
    ['DELETE', `/api/users/me/passkeys/${randomUUID()}`],
    ['POST', '/api/users/me/totp'],
    ['POST', '/api/users/me/totp/verify'],
    ['DELETE', '/api/users/me/totp'],
    ['POST', '/api/users/me/recovery-codes'],
    ['POST', '/api/users/me/password'],
  ] as const;

  it('may make 200 costly writes in ten minutes, and keeps no other session of its user from ending it', async () => {
    const sid = sidOf(person);
    await repeat(COSTLY_WRITES, () => limits.count('costly-write', sid));
    for (const [method, path] of WRITES) {
      const { status } = await app.http.call(method, path, { headers: person.headers, json: {} });
      expect([method, path, status]).toEqual([method, path, 429]);
    }
    expect((await app.http.get('/api/auth/keys', { headers: person.headers })).status).toBe(200);
    const another = await logIn(app, person.email);
    expect((await app.http.delete('/api/auth/sessions', { headers: another.headers })).status).toBe(204);
    expect((await app.http.get('/api/auth/keys', { headers: person.headers })).status).toBe(401);
    await app.nest.get(AuditTrail, { strict: false }).flush();
    const throttled = `SELECT details FROM audit_events WHERE event = 'session.throttled' AND session_id = $1`;
    expect(await app.database.query(throttled, [sid])).toEqual([{ details: { limit: 'costly-write' } }]);
  });

  it('rotates a key in a loop 199 times after it made one, and leaves no more revocations than that', async () => {
    const { keyId } = await makeKey(app, person);
    const rotate = (): Promise<HttpAnswer> =>
      app.http.post(`/api/auth/keys/${keyId}/rotate`, { headers: person.headers, json: {} });
    const statuses: number[] = [];
    await repeat(COSTLY_WRITES + 20, async () => statuses.push((await rotate()).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(COSTLY_WRITES - 1);
    expect(statuses.filter((status) => status === 429)).toHaveLength(21);
  });
});

describe('SECURITY 55: API keys that do not exist', () => {
  const use = (key: string, from: string): Promise<HttpAnswer> =>
    app.http.get('/api/users/me', { headers: { ...apiKey(key), 'x-forwarded-for': from } });

  it('are looked up 300 times from one network, which may go on with keys that are cached', async () => {
    const from = freshAddress();
    const { apiKey: known } = await makeKey(app, person);
    expect((await use(known, from)).status).toBe(200);
    const queries = recordRequestQueries(app.database.dataSource);
    const statuses: number[] = [];
    await repeat(UNKNOWN_KEYS + 10, async () => statuses.push((await use(generateApiKey(), from)).status));
    expect(statuses).toEqual([...Array<number>(UNKNOWN_KEYS).fill(401), ...Array<number>(10).fill(429)]);
    expect(queries.filter(({ text }) => text.includes('FROM api_keys'))).toHaveLength(UNKNOWN_KEYS);
    if (app.database.isServer) expect((await use(known, from)).status).toBe(200);
    expect((await use(generateApiKey(), freshAddress())).status).toBe(401);
  });

  it('do not include those that exist', async () => {
    const from = freshAddress();
    const { apiKey: known } = await makeKey(app, person);
    // Each change of a key makes the next use look it up again.
    await repeat(UNKNOWN_KEYS + 1, async () => {
      await app.database.query('UPDATE api_keys SET name = name || $2 WHERE user_id = $1', [person.id, 'x']);
      expect((await use(known, from)).status).toBe(200);
    });
  });
});

describe('SECURITY 55: a request that is refused again and again', () => {
  const attempt = (headers = person.headers): Promise<HttpAnswer> => app.http.get('/api/users', { headers });

  it('is recorded once a minute', async () => {
    await repeat(50, async () => expect((await attempt()).status).toBe(403));
    expect(await audited('access.denied')).toEqual([
      { session_id: sidOf(person), key_id: null, details: { reason: 'forbidden' } },
    ]);
    clock.advance(59);
    await attempt();
    expect(await audited('access.denied')).toHaveLength(1);
    clock.advance(1);
    await attempt();
    expect(await audited('access.denied')).toHaveLength(2);
  });

  it('is recorded for each session, key and reason', async () => {
    const { apiKey: key, keyId } = await makeKey(app, person, { scopes: ['artists:read'] });
    const another = await logIn(app, person.email);
    await repeat(3, async () => {
      await attempt();
      await attempt(another.headers);
      await attempt(apiKey(key));
      await app.http.get('/api/auth/keys', { headers: apiKey(key) });
    });
    const reasons = (await audited('access.denied')).map((row) => JSON.stringify(row));
    expect(reasons.toSorted()).toEqual(
      [
        { session_id: sidOf(person), key_id: null, details: { reason: 'forbidden' } },
        { session_id: sidOf(another), key_id: null, details: { reason: 'forbidden' } },
        { session_id: null, key_id: keyId, details: { reason: 'insufficient_scope' } },
        { session_id: null, key_id: keyId, details: { reason: 'session_required' } },
      ]
        .map((row) => JSON.stringify(row))
        .toSorted(),
    );
  });
});

describe('with RATE_LIMIT_ENABLED=false', () => {
  it('SECURITY 55: neither sessions, nor costly writes, nor unknown keys are limited', async () => {
    const unlimited = await startApp();
    const { headers, id } = await signUp(unlimited);
    const free = unlimited.nest.get(RateLimits, { strict: false });
    await repeat(COSTLY_WRITES, () => free.count('costly-write', id));
    expect((await unlimited.http.post('/api/auth/keys', { headers, json: {} })).status).toBe(201);
    await repeat(UNKNOWN_KEYS + 1, async () => {
      const answer = await unlimited.http.get('/api/users/me', { headers: apiKey(generateApiKey()) });
      expect(answer.status).toBe(401);
    });
    await unlimited.close();
  });
});
