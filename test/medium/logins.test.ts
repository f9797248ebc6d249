import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HASH_COST_MIN } from '../../src/config/hash-cost.js';
import { PasswordHasher } from '../../src/modules/passwords/password-hasher.js';
import { startApp, type TestApp } from '../support/app.js';
import { type HeldHashing, holdHashing } from '../support/held-hashing.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';

const logIn = (app: TestApp, email: string, password: string): Promise<HttpAnswer> =>
  app.http.post('/api/auth/login', { json: { email, password } });

describe('SECURITY 3: a login that is refused', () => {
  let app: TestApp;
  let attempts: [string, string][];
  beforeAll(async () => {
    app = await startApp();
    const [person, suspended] = [await signUp(app), await signUp(app)];
    const { headers } = await superAdmin(app);
    await app.http.patch(`/api/users/${suspended.id}`, { headers, json: { status: 'suspended' } });
    attempts = [
      [freshEmail(), PASSWORD],
      [person.email, 'wrong password'],
      [suspended.email, PASSWORD],
    ];
  });
  afterAll(() => app.close());

  it('has one status, one body and one set of headers for every cause', async () => {
    const answers = await Promise.all(attempts.map(([email, password]) => logIn(app, email, password)));
    const seen = answers.map(({ status, headers, text }) => {
      const kept = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
      return JSON.stringify([status, kept, text]);
    });
    expect(answers[0]?.status).toBe(401);
    expect(new Set(seen).size).toBe(1);
  });
});

describe.each(['false', 'true'])('with REVEAL_UNKNOWN_USERNAME=%s', (reveal) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { REVEAL_UNKNOWN_USERNAME: reveal } });
  });
  afterAll(() => app.close());

  it('SECURITY 29: every failed login is in the audit with the user, if there is one, in every contract', async () => {
    const [person, root] = [await signUp(app), await superAdmin(app)];
    const headers = apiKey((await makeKey(app, person)).apiKey);
    const failures = async (): Promise<unknown[]> => {
      const answer = await app.http.get('/api/audit?event=login.failed&size=100', { headers: root.headers });
      return answer.body.data.map(({ userId }) => userId);
    };
    for (const [name, userId] of [
      [freshEmail(), null],
      [person.email, person.id],
    ]) {
      const [byEmail, byName] = [
        { email: name, password: 'wrong guess' },
        { username: name, password: 'wrong guess' },
      ];
      const answers = [
        await app.http.post('/api/auth/login', { json: byEmail }),
        await app.http.post('/api/v1/auth/login', { json: byName }),
        await app.http.post('/v1/auth/login', { json: byEmail }),
        await app.http.post('/auth', { headers, json: byName }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
      // Newest first.
      expect((await failures()).slice(0, 4)).toEqual([userId, userId, userId, userId]);
    }
  });
});

describe('SECURITY 4: more logins than can be hashed', () => {
  const QUEUE_MAX = 10;
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await startApp({
      env: { HASH_CONCURRENCY: '1', HASH_QUEUE_MAX: String(QUEUE_MAX) },
      hashCost: HASH_COST_MIN,
    });
    person = await signUp(app);
  });
  afterAll(() => app.close());
  let held: HeldHashing | undefined;
  afterEach(() => {
    held?.release();
    vi.restoreAllMocks();
  });

  it('are refused at once with 503 and Retry-After while one is hashed, and the queued ones succeed', async () => {
    const hashing = (held = holdHashing());
    const first = Array.from({ length: 1 + QUEUE_MAX }, () => logIn(app, person.email, PASSWORD));
    // Requests that arrive once the queue is full are refused before anything that was admitted has ended.
    const hasher = app.nest.get(PasswordHasher, { strict: false });
    await expect.poll(() => hasher.queueStats().waiting).toBe(QUEUE_MAX);
    const refused: HttpAnswer[] = [];
    refused.push(...(await Promise.all(Array.from({ length: 489 }, () => logIn(app, person.email, PASSWORD)))));
    for (const { status, body, headers } of refused) {
      expect([status, body.code]).toEqual([503, 'overloaded']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await app.http.get('/health/live')).status).toBe(200);
    expect((await app.http.get('/api/artists', { headers: person.headers })).status).toBe(200);
    expect(hashing.begun()).toBe(1);
    hashing.release();
    expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('take the memory of one hash: five hundred at once are hashed one after another', async () => {
    const hashing = (held = holdHashing());
    const logins = Array.from({ length: 500 }, () => logIn(app, person.email, PASSWORD));
    // The queue is full when the first one is refused. Until then none can be done.
    expect((await Promise.race(logins)).status).toBe(503);
    hashing.release();
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(QUEUE_MAX);
    expect(hashing.most()).toBe(1);
  });

  it('are not hashed for callers who have disconnected', async () => {
    const hashing = (held = holdHashing());
    const first = logIn(app, person.email, PASSWORD);
    await expect.poll(() => hashing.begun()).toBe(1);
    const gone: Promise<unknown>[] = [];
    const watch = (socket: Socket): unknown => gone.push(new Promise((resolve) => socket.once('close', resolve)));
    const server = app.nest.getHttpServer();
    server.on('connection', watch);
    // One more than can wait: once that one is refused, the others are in the queue.
    const callers = Array.from({ length: QUEUE_MAX + 1 }, () => {
      const headers = { 'content-type': 'application/json' };
      const caller = request(`${app.url}/api/auth/login`, { method: 'POST', headers, agent: false });
      caller.on('error', () => undefined);
      caller.end(JSON.stringify({ email: person.email, password: PASSWORD }));
      return caller;
    });
    const [refused] = (await Promise.race(callers.map((caller) => once(caller, 'response')))) as [IncomingMessage];
    expect(refused.statusCode).toBe(503);
    server.off('connection', watch);
    expect(gone).toHaveLength(callers.length);
    for (const caller of callers) caller.destroy();
    await Promise.all(gone);
    hashing.release();
    expect((await first).status).toBe(200);
    expect((await logIn(app, person.email, PASSWORD)).status).toBe(200);
    expect(hashing.begun()).toBe(2);
  });
});
