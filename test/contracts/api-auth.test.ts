import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/people.js';

describe('POST /api/auth/refresh', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
  });
  afterAll(() => app.close());

  it('answers a new access token that opens what the old one did', async () => {
    const person = await signUp(app);
    const answer = await app.http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    expect(answer.status).toBe(200);
    const me = await app.http.get('/api/users/me', { headers: { authorization: `Bearer ${answer.body.data.token}` } });
    expect(me.body.data.id).toBe(person.id);
  });
});
