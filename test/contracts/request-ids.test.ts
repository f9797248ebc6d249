import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { sendRaw } from '../support/raw-connection.js';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('the request id', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ env: { REQUEST_TIMEOUT_MS: '3000' } });
  });
  afterAll(() => app.close());

  const linesWith = (id: string): Record<string, unknown>[] =>
    app.logLines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['requestId'] === id);

  it.each<[string, number, string, string, object]>([
    ['an unknown route', 404, 'GET', '/api/nothing', {}],
    ['a call without a token', 401, 'GET', '/v1/user/profile', {}],
    [
      'malformed JSON',
      400,
      'POST',
      '/api/v1/auth/login',
      { raw: '{', headers: { 'content-type': 'application/json' } },
    ],
    ['a body too large', 413, 'POST', '/api/auth/login', { json: { email: 'x'.repeat(200_000) } }],
    ['a URL too long', 414, 'GET', `/api/${'x'.repeat(8192)}`, {}],
  ])('is in the response and in the only log line of %s', async (_, status, method, path, options) => {
    const answer = await app.http.call(method, path, options);
    expect(answer.status).toBe(status);
    const id = answer.headers.get('x-request-id') ?? '';
    expect(id).toMatch(UUID);
    expect(linesWith(id)).toMatchObject([{ msg: 'Request failed', status: answer.status }]);
  });

  it('is the one that the client sent', async () => {
    const answer = await app.http.get('/api/nothing', { headers: { 'x-request-id': 'given.by-the_caller' } });
    expect(answer.headers.get('x-request-id')).toBe('given.by-the_caller');
    expect(linesWith('given.by-the_caller')).toHaveLength(1);
  });

  it.each<[string, number, string]>([
    ['broken syntax', 400, 'NO SUCH THING\r\n\r\n'],
    ['headers over the limit', 431, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a request that never ends', 408, 'GET / HTTP/1.1\r\nHost: x\r\n'],
  ])('is a new one for %s, which never became a request', async (_, status, bytes) => {
    const answer = await sendRaw(app.url, bytes);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toMatch(UUID);
  });
});
