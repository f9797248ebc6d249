import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isTokenRefused } from '../../examples/web/src/token-refusal.js';
import { startApp, type TestApp } from '../support/app.js';
import { PASSWORD, type Person, signUp } from '../support/people.js';

describe('the example app takes a 401 for a reason to renew its token', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await startApp();
    person = await signUp(app);
  });
  afterAll(() => app.close());

  function changePassword(currentPassword: string): Promise<Response> {
    return fetch(`${app.url}/api/users/me/password`, {
      method: 'POST',
      headers: { ...person.headers, 'content-type': 'application/json' },
      body: JSON.stringify({ currentPassword, newPassword: 'quiet-Harbour-43' }),
    });
  }

  it('never where a password was wrong: sent again, it would count twice', async () => {
    const answer = await changePassword('not-the-password');
    expect([answer.status, await isTokenRefused(answer)]).toEqual([401, false]);
    expect(await answer.json()).toMatchObject({ code: 'invalid_credentials' });
  });

  it('where the token is over, and leaves the answer to be read', async () => {
    await app.http.post('/api/auth/logout', { headers: person.headers });
    const answer = await changePassword(PASSWORD);
    expect([answer.status, await isTokenRefused(answer)]).toEqual([401, true]);
    expect(await answer.json()).toMatchObject({ code: 'invalid_token' });
  });

  it('never where a proxy in between refuses in its own words', async () => {
    expect(await isTokenRefused(new Response('<h1>Unauthorized</h1>', { status: 401 }))).toBe(false);
    expect(await isTokenRefused(Response.json({ code: 'invalid_token' }, { status: 403 }))).toBe(false);
  });
});
