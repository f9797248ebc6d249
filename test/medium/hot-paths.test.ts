import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, stopBackgroundWork, type TestApp } from '../support/app.js';
import { TestClock } from '../support/clock.js';
import { apiKey, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp } from '../support/people.js';
import { type RecordedQuery, recordRequestQueries } from '../support/queries.js';
import { claimsOf } from '../support/tokens.js';

/*
 * What 0.1.0 sent to the database for each of these, and no more: with no new setting, recovery by mail, limits of
 * sessions and second factors cost nothing where no one uses them.
 */

let app: TestApp;
let person: Person;
let key: string;
let queries: RecordedQuery[];
beforeAll(async () => {
  // A clock that stands still, so that no check becomes due meanwhile.
  app = await startApp({ clock: new TestClock() });
  stopBackgroundWork(app);
  person = await signUp(app);
  key = (await makeKey(app, person)).apiKey;
  queries = recordRequestQueries(app.database.dataSource);
});
afterAll(() => app.close());

/** The tables that the statements of a call are about, in their order; the borders of a transaction as they are. */
async function statementsOf(call: () => Promise<HttpAnswer>): Promise<string[]> {
  queries.length = 0;
  expect((await call()).status).toBeLessThan(300);
  return queries.map(({ text }) => {
    // An INSERT may come with more in one statement.
    const [, verb, table] =
      /(INSERT) INTO "?(sessions)/.exec(text) ?? /(INSERT|DELETE|SELECT)\b.*?(?:INTO|FROM) "?(\w+)/s.exec(text) ?? [];
    return verb === undefined ? text : `${verb} ${table}`;
  });
}

const login = (): Promise<HttpAnswer> =>
  app.http.post('/api/auth/login', { json: { email: person.email, password: PASSWORD } });
const refresh = (): Promise<HttpAnswer> =>
  app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
const me = (headers: Record<string, string>): Promise<HttpAnswer> => app.http.get('/api/users/me', { headers });

describe('ACCOUNTS 52: with default settings', () => {
  it('a sign-up sends four statements', async () => {
    const json = { email: freshEmail(), name: 'John Doe', password: PASSWORD };
    const statements = await statementsOf(() => app.http.post('/api/auth/signup', { json }));
    expect(statements).toEqual(['START TRANSACTION', 'INSERT users', 'INSERT sessions', 'COMMIT']);
  });

  it('a login sends five statements', async () => {
    expect(await statementsOf(login)).toEqual([
      'SELECT users',
      'START TRANSACTION',
      'INSERT sessions',
      'DELETE sessions',
      'COMMIT',
    ]);
  });

  it('a refresh sends one statement', async () => {
    expect(await statementsOf(refresh)).toEqual(['SELECT sessions']);
  });

  it('a token check sends none: the profile is one', async () => {
    expect(await statementsOf(() => me(person.headers))).toEqual(['SELECT users']);
  });

  it('a key check sends one the first time, and none after', async () => {
    expect(await statementsOf(() => me(apiKey(key)))).toEqual(['SELECT api_keys', 'SELECT users']);
    expect(await statementsOf(() => me(apiKey(key)))).toEqual(['SELECT users']);
  });

  it('an access token has eight claims, of every way to get one', async () => {
    const tokens = [person.token, (await login()).body.data.token, (await refresh()).body.data.token];
    for (const token of tokens) {
      expect(Object.keys(claimsOf(token))).toEqual(['iss', 'aud', 'sub', 'sid', 'role', 'iat', 'exp', 'jti']);
      expect(claimsOf(token)).toMatchObject({ iss: 'stagedoor', aud: 'stagedoor', role: 'user', sub: person.id });
    }
  });
});
