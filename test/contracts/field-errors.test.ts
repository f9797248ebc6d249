import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectRefusal } from '../support/api-answers.js';
import { bearer, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, signUp, type Person } from '../support/people.js';

describe('the errors of fields', () => {
  let app: TestApp;
  let person: Person;

  beforeAll(async () => {
    app = await startApp({ env: { RATE_LIMIT_ENABLED: 'false' } });
    person = await signUp(app);
  });
  afterAll(() => app.close());

  const send = (path: string, json: object): Promise<HttpAnswer> => app.http.post(path, { json, ...person });

  it('name everything that is wrong with a sign-up at once, with what a form shows', async () => {
    const answer = await send('/api/auth/signup', {
      email: 'not an address',
      name: ' ',
      password: 'Password1',
      nickname: 'J',
    });
    expectRefusal(answer, 400, 'invalid_request');
    expect(answer.body).toMatchObject({
      message: [
        'nickname is not a known field',
        'email must be an e-mail address',
        'name must be 1 to 101 characters, at least one of them visible, without control characters',
        'password is one of the most common; choose another',
      ],
      errors: [
        { field: 'nickname', code: 'unknown_field', message: 'nickname is not a known field' },
        { field: 'email', code: 'format', message: 'Enter an e-mail address, such as john@example.com' },
        { field: 'name', code: 'required', message: 'Enter a name of 1 to 101 characters' },
        { field: 'password', code: 'too_common', message: 'This password is one of the most common; choose another' },
      ],
    });
  });

  it('are ten at most, and the number of the others', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`field${i}`, i]));
    const { body } = await send('/api/auth/login', { email: 'not an address', ...unknown });
    const errors = body['errors'] as unknown as { code: string }[];
    expect(errors).toHaveLength(11);
    expect(errors.at(-1)).toEqual({ field: '', code: 'more', count: 7, message: 'and 7 more' });
    expect(body['message']).toHaveLength(11);
  });

  it('are the details in /v1, with the messages that they had before', async () => {
    const json = { email: freshEmail(), password: 'Sh0rt!a', firstName: 'J'.repeat(51), lastName: 'Doe' };
    const { status, body } = await send('/v1/auth/register', json);
    expect({ status, details: body.error.details }).toEqual({
      status: 400,
      details: [
        { field: 'password', code: 'too_short', min: 8, message: expect.stringMatching(/^password must be 8 to 128/) },
        { field: 'firstName', code: 'too_long', max: 50, message: expect.stringMatching(/^firstName must be 1 to 50/) },
      ],
    });
  });

  it.each([
    ['/api/auth/signup', { name: 'John Doe' }, 'username', 'username_taken'],
    ['/api/auth/register', { firstName: 'John', lastName: 'Doe' }, 'email', 'email_taken'],
  ])('name what is taken at %s', async (path, name, field, code) => {
    const { email, username } = person;
    const taken = field === 'email' ? { email } : { email: freshEmail(), username };
    const answer = await send(path, { ...name, ...taken, password: 'quiet-Harbour-42' });
    expectRefusal(answer, 409, code);
    const { message, errors } = answer.body;
    expect(errors).toEqual([{ field, code: 'taken', message }]);
  });

  it('call a query parameter by what it is', async () => {
    const { status, body } = await app.http.get('/api/artists?limit=5&size=500', { headers: bearer(person.token) });
    expect({ status, message: body['message'], errors: body['errors'] }).toEqual({
      status: 400,
      message: ['limit is not a known query parameter', 'size must be a whole number from 1 to 100'],
      errors: [
        { field: 'limit', code: 'unknown_parameter', message: 'limit is not a known query parameter' },
        { field: 'size', code: 'too_large', max: 100, message: 'Enter a whole number from 1 to 100' },
      ],
    });
  });

  it('name two query parameters that exclude each other', async () => {
    const { body } = await app.http.get('/api/artists?ids=x&q=y', { headers: bearer(person.token) });
    expect(body['errors']).toEqual([
      { field: 'q', code: 'conflict', other: 'ids', message: 'q cannot be used together with ids' },
    ]);
  });
});
