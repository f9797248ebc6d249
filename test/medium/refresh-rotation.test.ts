import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SPENT_TOKENS_KEPT } from '../../src/modules/sessions/spent-refresh-token.entity.js';
import { count } from '../support/accounts.js';
import { startApp, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase, type TestDatabase } from '../support/database.js';
import type { HttpAnswer } from '../support/http-client.js';
import { logIn, type Person, signUp } from '../support/people.js';
import { recordRequestQueries } from '../support/queries.js';

const DAY_SECONDS = 86_400;
const TTL_SECONDS = 30 * DAY_SECONDS;

let app: TestApp;
let clock: TestClock;

beforeAll(async () => {
  clock = new TestClock();
  app = await startApp({ clock, env: { REFRESH_TOKEN_ROTATION: 'true', REFRESH_TOKEN_TTL: String(TTL_SECONDS) } });
});
afterAll(() => app.close());

const refresh = (refreshToken: string, at = app): Promise<HttpAnswer> =>
  at.http.post('/api/auth/refresh', { json: { refreshToken } });

async function successorOf(refreshToken: string): Promise<string> {
  const answer = await refresh(refreshToken);
  expect(answer.status).toBe(200);
  return answer.body.data.refreshToken;
}

describe('SECURITY 10: a refresh token that rotates', () => {
  it('returns a new one, in every contract', async () => {
    const person = await signUp(app);
    const second = await successorOf(person.refreshToken);
    expect(second).toMatch(/^[\w-]{43}$/);
    expect(second).not.toBe(person.refreshToken);
    const v1 = await app.http.post('/v1/auth/refresh', { json: { refreshToken: second } });
    const third = v1.body.data.refreshToken as string;
    const apiV1 = await app.http.post('/api/v1/auth/refresh', { json: { refreshToken: third } });
    expect(new Set([second, third, apiV1.body.refreshToken]).size).toBe(3);
  });

  it('returns the same successor again after a lost response', async () => {
    const person = await signUp(app);
    const successor = await successorOf(person.refreshToken);
    expect(await successorOf(person.refreshToken)).toBe(successor);
    expect(await successorOf(person.refreshToken)).toBe(successor);
    expect((await refresh(successor)).status).toBe(200);
  });

  it('has one successor when twenty requests use it at once', async () => {
    const person = await signUp(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(person.refreshToken)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map((answer) => answer.body.data.refreshToken)).size).toBe(1);
  });

  it('revokes its session, and no other, when it is presented after its successor was used', async () => {
    const person = await signUp(app);
    const other = await logIn(app, person.email);
    const second = await successorOf(person.refreshToken);
    const third = await successorOf(second);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    expect((await refresh(third)).status).toBe(401);
    expect((await refresh(second)).status).toBe(401);
    expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(app.logLines.filter((line) => line.includes('"refresh.reused"') && line.includes(person.id))).toHaveLength(
      1,
    );
  });

  it.each([
    [SPENT_TOKENS_KEPT - 1, 'revokes its session'],
    [SPENT_TOKENS_KEPT, 'is merely invalid'],
  ])('presented again after %i others were spent, %s', async (others, effect) => {
    const { id, refreshToken } = await signUp(app);
    const second = await successorOf(refreshToken);
    const third = await successorOf(second);
    // The first token is spent. All others up to the last one are taken for granted.
    await app.database.query('UPDATE sessions SET rotation_count = rotation_count + $2 - 1 WHERE user_id = $1', [
      id,
      others,
    ]);
    const last = await successorOf(third);
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await refresh(last)).status).toBe(effect === 'is merely invalid' ? 200 : 401);
  });

  it('leaves no more spent tokens behind than are remembered', async () => {
    const { id, refreshToken } = await signUp(app);
    const third = await successorOf(await successorOf(refreshToken));
    await app.database.query(
      `INSERT INTO spent_refresh_tokens (token_hash, session_id, slot)
       SELECT uuid_send(gen_random_uuid()), id, n FROM sessions, generate_series(0, $2 - 1) AS n
        WHERE user_id = $1 ON CONFLICT DO NOTHING`,
      [id, SPENT_TOKENS_KEPT],
    );
    const ofSession = 'spent_refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE s.user_id = $1';
    expect(await count(app.database, ofSession, [id])).toBe(SPENT_TOKENS_KEPT);
    const last = await successorOf(await successorOf(third));
    expect(await count(app.database, ofSession, [id])).toBe(SPENT_TOKENS_KEPT);
    expect((await refresh(third)).status).toBe(401);
    expect((await refresh(last)).status).toBe(401);
  });

  it('costs five statements, however many were spent', async () => {
    const { refreshToken } = await signUp(app);
    const third = await successorOf(await successorOf(refreshToken));
    const queries = recordRequestQueries(app.database.dataSource);
    await successorOf(third);
    const verbs = queries.map(({ text }) => /^\w+/.exec(text)?.[0]);
    expect(verbs).toEqual(['START', 'SELECT', 'INSERT', 'UPDATE', 'COMMIT']);
  });

  it('never extends the session', async () => {
    const person = await signUp(app);
    let token = person.refreshToken;
    for (let day = 0; day < 29; day++) {
      clock.advance(DAY_SECONDS);
      token = await successorOf(token);
    }
    clock.advance(DAY_SECONDS - 1);
    token = await successorOf(token);
    clock.advance(1);
    expect((await refresh(token)).status).toBe(401);
  });

  it('leaves a usable session when the server dies between commit and answer', async () => {
    const person = await signUp(app);
    // What the client never received; it still holds the old token and asks again.
    await refresh(person.refreshToken);
    const successor = await successorOf(person.refreshToken);
    expect((await refresh(successor)).status).toBe(200);
  });

  it('is revoked by logging out with the current one or the one before', async () => {
    for (const pick of [0, 1]) {
      const person = await signUp(app);
      const tokens = [person.refreshToken, await successorOf(person.refreshToken)];
      await app.http.post('/api/auth/logout', { json: { refreshToken: tokens[pick] } });
      for (const token of tokens) expect((await refresh(token)).status).toBe(401);
      expect((await app.http.get('/api/users/me', { headers: person.headers })).status).toBe(401);
    }
  });

  it('is stored so that no value in the database is the token or its successor', async () => {
    const person = await signUp(app);
    const successor = await successorOf(person.refreshToken);
    const rows = await app.database.query<Record<string, string>>(
      `SELECT encode(refresh_token_hash, 'base64') AS a, encode(previous_token_hash, 'base64') AS b,
              encode(sealed_successor, 'base64') AS c FROM sessions WHERE user_id = $1`,
      [person.id],
    );
    const kept = rows
      .flatMap((row) => Object.values(row))
      .map((text) => Buffer.from(text, 'base64').toString('base64url'));
    expect(kept).toHaveLength(3);
    for (const text of kept) {
      expect([person.refreshToken, successor]).not.toContain(text);
      expect((await refresh(text)).status).toBe(401);
    }
  });
});

describe.runIf(onPostgres())('SECURITY 9, 10: a refresh that races on two instances', () => {
  const ROUNDS = 30;
  let database: TestDatabase;
  let apps: [TestApp, TestApp];
  beforeAll(async () => {
    database = await openTestDatabase();
    const env = { REFRESH_TOKEN_ROTATION: 'true' };
    apps = [await startApp({ database, env }), await startApp({ database: await database.anotherPool(), env })];
  });
  afterAll(async () => {
    for (const one of apps) await one.close();
    await database.close();
  });

  it('has one successor', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const person: Person = await signUp(apps[0]);
      const answers = await Promise.all([0, 1, 0, 1].map((i) => refresh(person.refreshToken, apps[i])));
      expect(new Set(answers.map((answer) => answer.body.data.refreshToken)).size).toBe(1);
    }
  });

  it('leaves no usable token behind after a logout', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const person = await signUp(apps[0]);
      const [renewed, out] = await Promise.all([
        refresh(person.refreshToken, apps[1]),
        apps[0].http.post('/api/auth/logout', { headers: person.headers }),
      ]);
      expect(out.status).toBe(200);
      const tokens = [
        person.refreshToken,
        ...(renewed.status === 200 ? [renewed.body.data.refreshToken as string] : []),
      ];
      for (const token of tokens) expect((await refresh(token, apps[1])).status).toBe(401);
      if (renewed.status === 200) {
        const headers = { authorization: `Bearer ${renewed.body.data.token}` };
        await expect.poll(async () => (await apps[1].http.get('/api/users/me', { headers })).status).toBe(401);
      }
    }
  });
});
