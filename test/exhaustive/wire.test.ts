import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApp, type TestApp } from '../support/app.js';
import { expectFaultsIn, expectNoContent, expectRefusal, expectSuccess, UNKNOWN_ID } from '../support/api-answers.js';
import { bearer, type HttpAnswer } from '../support/http-client.js';
import { freshEmail, makeKey, PASSWORD, type Person, signUp, superAdmin } from '../support/people.js';
import { RawConnection, rawRequest, sendRaw } from '../support/raw-connection.js';

const ORIGIN = 'https://app.example';
const TEXT = expect.stringMatching(/./) as string;

let app: TestApp;
let root: Person;
let operations: { method: string; path: string; takes?: 'json' | 'ndjson' }[];
beforeAll(async () => {
  app = await startApp({
    env: { CORS_ORIGINS: `${ORIGIN},http://localhost:5173,capacitor://localhost,https://*.sub.example` },
  });
  root = await superAdmin(app);
  const { body } = await app.http.get('/docs-json');
  type Documented = { readonly requestBody?: { readonly content: object } };
  operations = Object.entries(body.paths as unknown as Record<string, Record<string, Documented>>)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { requestBody }]) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, UNKNOWN_ID),
        ...(requestBody && { takes: 'application/json' in requestBody.content ? 'json' : 'ndjson' }),
      })),
    );
});
afterAll(() => app.close());

const JSON_TYPE = { 'content-type': 'application/json' };
const postRaw = (path: string, raw: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  app.http.post(path, { raw, headers: { ...root.headers, ...headers } });
const artist = (raw: string | Buffer, headers?: Record<string, string>): Promise<HttpAnswer> =>
  postRaw('/api/artists', raw, headers);
const live = async (): Promise<void> => expect((await app.http.get('/health/live')).status).toBe(200);

describe('SECURITY 26: a body', () => {
  it('of every operation must be a JSON object in UTF-8, labelled as JSON, at most 32 levels deep', async () => {
    const bodies = operations.filter(({ takes }) => takes === 'json');
    expect(bodies.length).toBeGreaterThan(10);
    for (const { method, path } of bodies) {
      const send = (raw: string | Buffer, type: string): Promise<HttpAnswer> =>
        app.http.call(method, path, { raw, headers: { ...root.headers, 'content-type': type } });
      expectRefusal(await send('{"name":', 'application/json'), 400, 'malformed_json');
      expectRefusal(await send(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), 'application/json'), 400, 'malformed_json');
      expectRefusal(await send('[]', 'application/json'), 400, 'invalid_request');
      expectRefusal(
        await send(`{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'application/json'),
        400,
        'invalid_request',
      );
      expectRefusal(await send('name=x', 'application/x-www-form-urlencoded'), 415, 'unsupported_media_type');
      const unknown = await send('{"__unknown__":1}', 'application/json');
      expectRefusal(unknown, 400, 'invalid_request');
      expect(unknown.body.message).toContain('__unknown__ is not a known field');
    }
  });

  it.each([
    ['null', 'invalid_request'],
    ['7', 'invalid_request'],
    ['"text"', 'invalid_request'],
    ['true', 'invalid_request'],
    ['[{"name":"x"}]', 'invalid_request'],
    [' ', 'malformed_json'],
    ['{"name":"x"}x', 'malformed_json'],
    ["{'name':'x'}", 'malformed_json'],
    ['{"name":"x",}', 'malformed_json'],
    ['{"name":NaN}', 'malformed_json'],
    ['\ufeff{"name":"x"}', 'malformed_json'],
    ['{"name":"x\u0000"}', 'malformed_json'],
  ])('400 for %j', async (raw, code) => {
    expectRefusal(await artist(raw), 400, code);
  });

  it('400 for invalid UTF-8 in a string, such as overlong forms and encoded surrogates', async () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]]) {
      const raw = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from(bytes), Buffer.from('b"}')]);
      expectRefusal(await artist(raw), 400, 'malformed_json');
    }
  });

  it('400 for escaped NUL and lone surrogates in every string field', async () => {
    expectFaultsIn(await artist('{"name":"a\\u0000b"}'), 'name');
    expectFaultsIn(await artist('{"name":"a\\ud83d"}'), 'name');
    expectFaultsIn(await postRaw('/api/auth/login', '{"email":"a\\u0000@b.example","password":"x"}'), 'email');
    const refused = await postRaw('/api/auth/login', '{"email":"nobody@b.example","password":"\\ud83d\\u0000"}');
    expectRefusal(refused, 401, 'invalid_credentials');
    expectSuccess(await artist('{"name":"pair \\ud83d\\ude00"}'), 201);
  });

  it('is refused beyond 32 levels before anything walks it, in known and unknown fields', async () => {
    const nest = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    for (const field of ['name', 'unknown', 'scopes']) {
      expectRefusal(await artist(`{"${field}":${nest(32)}}`), 400, 'invalid_request');
      expectRefusal(await artist(`{"${field}":${nest(50_000)}}`), 400, 'invalid_request');
      expectRefusal(await artist(`{"${field}":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`), 400, 'invalid_request');
    }
    expectRefusal(await artist(`{"name":${'['.repeat(100_000)}`), 400, 'invalid_request');
    // Brackets in a string add no depth.
    expectSuccess(await artist(`{"name":"${'['.repeat(100)}\\"${'{'.repeat(50)}"}`), 201);
    await live();
  });

  it('400 for 50,000 scopes', async () => {
    const scopes = Array.from({ length: 5000 }, () => '"profile:read"').join(',');
    expectFaultsIn(await postRaw('/api/auth/keys', `{"scopes":[${scopes}]}`), 'scopes');
    expectFaultsIn(await postRaw('/api/auth/keys', `{"scopes":[${'1,'.repeat(49_999)}1]}`), 'scopes');
  });

  it('400 for __proto__, constructor and prototype, which change no object', async () => {
    for (const raw of [
      '{"name":"x","__proto__":{"role":"admin"}}',
      '{"name":"x","constructor":{"prototype":{"role":"admin"}}}',
      '{"name":"x","prototype":{"role":"admin"}}',
      '{"name":"x","hasOwnProperty":1}',
      '{"name":{"__proto__":{"length":5}}}',
    ]) {
      expectRefusal(await artist(raw), 400, 'invalid_request');
    }
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
  });

  it('with a repeated field counts the last one, which is validated', async () => {
    expectFaultsIn(await artist('{"name":"good","name":""}'), 'name');
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['multipart/form-data; boundary=x', {}],
    ['application/xml', {}],
    ['application/json-patch+json', {}],
    ['application/jsonx', {}],
    ['application/json; charset=utf-16', {}],
    ['application/json; charset=iso-8859-1', {}],
    ['application/json; charset="latin1"', {}],
    ['nonsense', {}],
    ['application/json', { 'content-encoding': 'gzip' }],
    ['application/json', { 'content-encoding': 'br, identity' }],
  ])('415 for JSON labelled %s %j', async (type, more) => {
    expectRefusal(await artist('{"name":"x"}', { 'content-type': type, ...more }), 415, 'unsupported_media_type');
  });

  it('415 for JSON without a content type', async () => {
    const bytes = rawRequest('POST /api/artists', [`Authorization: Bearer ${root.token}`], '{"name":"x"}');
    expectRefusal(await sendRaw(app.url, bytes), 415, 'unsupported_media_type');
  });

  it.each([
    ['application/json; charset=utf-8', {}],
    ['application/json;charset=UTF-8', {}],
    ['APPLICATION/JSON', {}],
    ['application/json; charset="utf-8"', {}],
    ['application/json', { 'content-encoding': 'identity' }],
  ])('201 for JSON labelled %s %j', async (type, more) => {
    expectSuccess(await artist('{"name":"x"}', { 'content-type': type, ...more }), 201);
  });

  it('that is empty counts as absent, with any JSON label', async () => {
    const person = await signUp(app);
    const made = await app.http.post('/api/artists', { headers: person.headers, json: { name: 'x' } });
    const key = await makeKey(app, person);
    const call = (method: string, path: string): Promise<HttpAnswer> =>
      app.http.call(method, path, { raw: '', headers: { ...person.headers, ...JSON_TYPE } });
    expectSuccess(await call('PATCH', `/api/artists/${made.body.data.id}`), 200);
    expectNoContent(await call('DELETE', `/api/artists/${made.body.data.id}`));
    expectNoContent(await call('DELETE', `/api/auth/keys/${key.keyId}`));
    expectFaultsIn(await call('POST', '/api/artists'), 'name');
    expectSuccess(await call('POST', '/api/auth/logout'), 200);
    const bytes = rawRequest('POST /api/auth/login', ['Content-Type: application/json', 'Content-Length: 0']);
    expectFaultsIn(await sendRaw(app.url, bytes), 'email', 'password');
    const chunked = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
    const empty = Buffer.concat([rawRequest('POST /api/auth/login', chunked), Buffer.from('0\r\n\r\n')]);
    expectFaultsIn(await sendRaw(app.url, empty), 'email', 'password');
  });

  it.each([
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'nonsense',
  ])('that is empty counts as absent, labelled %s', async (type) => {
    const person = await signUp(app);
    const call = (method: string, path: string): Promise<HttpAnswer> =>
      app.http.call(method, path, { raw: '', headers: { ...person.headers, 'content-type': type } });
    const key = await call('POST', '/api/auth/keys');
    expectSuccess(key, 201);
    expectNoContent(await call('DELETE', `/api/auth/keys/${key.body.data.keyId}`));
    expectFaultsIn(await call('POST', '/api/artists'), 'name');
    expectSuccess(await call('POST', '/api/auth/logout'), 200);
    expectRefusal(await app.http.get('/api/users/me', { headers: person.headers }), 401, 'invalid_token');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/x-ndjson', 'nonsense', undefined])(
    'that is empty, as only its end tells, counts as absent, labelled %s',
    async (type) => {
      const person = await signUp(app);
      const headers = [
        `Authorization: Bearer ${person.token}`,
        'Transfer-Encoding: chunked',
        ...(type === undefined ? [] : [`Content-Type: ${type}`]),
      ];
      const send = (chunks: string): Promise<HttpAnswer> =>
        sendRaw(app.url, Buffer.concat([rawRequest('POST /api/auth/logout', headers), Buffer.from(chunks)]));
      expectRefusal(await send('1\r\nx\r\n0\r\n\r\n'), 415, 'unsupported_media_type');
      expectSuccess(await send('0\r\n\r\n'), 200);
      expectRefusal(await app.http.get('/api/users/me', { headers: person.headers }), 401, 'invalid_token');
    },
  );

  it('that is empty and labelled as a form is a form without fields where forms are accepted', async () => {
    const key = await makeKey(app, await signUp(app));
    const headers = { 'x-api-key': key.apiKey };
    const labelled = await app.http.post('/auth', {
      raw: '',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    const json = await app.http.post('/auth', { json: {}, headers });
    expect([labelled.status, labelled.text]).toEqual([400, json.text]);
  });

  it.each(['/api/auth/login', '/api/v1/auth/login', '/v1/auth/login', '/auth'])(
    'with thousands of unknown fields gets an error at %s that names ten problems and counts the others',
    async (path) => {
      const key = await makeKey(app, root);
      const known = path === '/api/v1/auth/login' || path === '/auth' ? { username: 'x' } : { email: 'x@example.com' };
      const names = Array.from({ length: 8000 }, (_, i) => `f${i}`);
      const long = 'n'.repeat(1000);
      const fields = Object.fromEntries([long, ...names].map((name) => [name, 1]));
      const headers = { 'x-api-key': key.apiKey };
      const sent = await app.http.post(path, { json: { ...fields, ...known, password: 'x' }, headers });
      expect(sent.status).toBe(400);
      expect(sent.text).toContain(`${'n'.repeat(100)} is not a known field`);
      expect(sent.text).toContain('f8 is not a known field');
      expect(sent.text).not.toContain('f9 is not a known field');
      expect(sent.text).toContain('and 7991 more');
      expect(sent.text.length).toBeLessThan(4000);
    },
  );

  it('is measured before its strings are normalized, which takes time quadratic in their combining marks', async () => {
    const marks = `a${'\u0301'.repeat(12_000)}${'\u0323'.repeat(12_000)}`;
    const { apiKey } = await makeKey(app, root);
    const names = ['name', 'firstName', 'lastName', 'username', 'password', 'phone', 'locale', 'refreshToken', 'code'];
    const normalize = vi.spyOn(String.prototype, 'normalize');
    try {
      for (const { method, path } of operations.filter(({ takes }) => takes === 'json')) {
        for (const name of [...names, 'email']) {
          const json = { email: 'x@example.com', username: 'x', [name]: name === 'email' ? `${marks}@x.co` : marks };
          const headers = { ...root.headers, 'x-api-key': apiKey };
          expect((await app.http.call(method, path, { json, headers })).status, `${method} ${path} ${name}`).toBe(400);
        }
      }
      const lengths = normalize.mock.contexts.map((text) => String(text).length);
      expect(lengths.length).toBeGreaterThan(0);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(1024);
    } finally {
      normalize.mockRestore();
    }
  });

  it('may have 102,400 bytes; one more is 413, with or without Content-Length', async () => {
    const padded = (bytes: number): string => '{"name":"x"}'.padEnd(bytes, ' ');
    expectSuccess(await artist(padded(102_400)), 201);
    expectRefusal(await artist(padded(102_401)), 413, 'payload_too_large');
    const said = ['Content-Type: application/json', 'Content-Length: 9999999999'];
    expectRefusal(await sendRaw(app.url, rawRequest('POST /api/auth/login', said)), 413, 'payload_too_large');
    const unsaid = [
      `Authorization: Bearer ${root.token}`,
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
    ];
    const chunk = Buffer.from(`${(102_401).toString(16)}\r\n${padded(102_401)}\r\n0\r\n\r\n`);
    const answer = await sendRaw(app.url, Buffer.concat([rawRequest('POST /api/artists', unsaid), chunk]));
    expectRefusal(answer, 413, 'payload_too_large');
    await live();
  });
});

describe('SECURITY 26: a path and its query', () => {
  it('400 for an unknown query parameter on every operation and every other route', async () => {
    expect(operations.length).toBeGreaterThan(20);
    for (const { method, path, takes } of operations) {
      for (const query of ['unknown=1', 'unknown', '%00=1', '__proto__=1', 'constructor=1', 'toString']) {
        const options = { headers: root.headers, ...(takes && { [takes]: {} }) };
        const answer = await app.http.call(method, `${path}?${query}`, options);
        expectRefusal(answer, 400, 'invalid_request');
      }
    }
    const docs = ['/docs', '/docs/', '/docs/index.html', '/docs/swagger-ui.css', '/docs-json', '/docs-yaml'];
    const documents = ['/docs/v1-json', '/openapi/api.json', '/openapi/v1.yaml'];
    for (const path of ['/.well-known/jwks.json', ...docs, ...documents]) {
      expectRefusal(await app.http.get(`${path}?unknown=1`), 400, 'invalid_request');
    }
    // Probes append what they like.
    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect((await app.http.get(`${path}?probe=1`)).status).toBe(200);
    }
    // Swagger UI keeps the selected document in its URL.
    expect((await app.http.get('/docs?urls.primaryName=Stagedoor')).status).toBe(200);
  });

  it.each([
    ['0x10'],
    ['%205'],
    ['5%20'],
    ['%2B5'],
    ['5.0'],
    ['-0'],
    ['05'],
    ['1e2'],
    ['1e308'],
    ['Infinity'],
    ['NaN'],
    ['null'],
    ['9007199254740993'],
    ['99999999999999999999'],
    ['1000001'],
    ['%D9%A5'],
    ['5%00'],
    ['5&page=6'],
  ])('400 for page=%s', async (page) => {
    expectFaultsIn(await app.http.get(`/api/artists?page=${page}`, { headers: root.headers }), 'page');
  });

  it('200 for the highest page number, with an empty page', async () => {
    const answer = await app.http.get('/api/artists?page=1000000&size=100', { headers: root.headers });
    expectSuccess(answer, 200, { list: true });
    expect(answer.body.data).toEqual([]);
  });

  it('400 for every kind of forged cursor', async () => {
    const forge = (text: string): string => Buffer.from(text).toString('base64url');
    for (const cursor of [
      forge(`999999999999999.${UNKNOWN_ID}`),
      forge(`253402300800000.${UNKNOWN_ID}`),
      forge(`-1.${UNKNOWN_ID}`),
      forge(`1.${UNKNOWN_ID}'; DROP TABLE artists`),
      forge('1.x'),
      forge(''),
      'A',
      'x'.repeat(100),
      'x'.repeat(101),
      '%00',
    ]) {
      const answer = await app.http.get(`/api/artists?cursor=${cursor}`, { headers: root.headers });
      expectFaultsIn(answer, 'cursor');
    }
  });

  it.each(['%ff', '%ed%a0%80', '%c0%80', '%e2%82', '%', '%zz', 'a%2', 'a&%ff=b', 'a&%f0%28%8c%28'])(
    '400 for a query that is not UTF-8: q=%s',
    async (q) => {
      expectRefusal(await app.http.get(`/api/artists?q=${q}`, { headers: root.headers }), 400, 'malformed_request');
    },
  );

  it('decodes a query as UTF-8, with a plus for a space', async () => {
    const name = `Blåbær 100% ${UNKNOWN_ID}`;
    await app.http.post('/api/artists', { headers: root.headers, json: { name } });
    for (const q of [encodeURIComponent(name), `Bl%C3%A5b%c3%a6r+100%25+${UNKNOWN_ID}`]) {
      const { body } = await app.http.get(`/api/artists?q=${q}`, { headers: root.headers });
      expect(body.data.map((found) => found['name'])).toEqual([name]);
    }
    expectFaultsIn(await app.http.get('/api/artists?q=a%20&q=b', { headers: root.headers }), 'q');
  });

  it.each(['/api/%zz', '/api/artists/%zz', '/api/artists/%', '/api/artists/%E0%A4%A', '/%zz', '/api/auth/keys/%C0%80'])(
    '400 for the malformed URL %s',
    async (path) => {
      const answer = await app.http.get(path, { headers: root.headers });
      expectRefusal(answer, 400, 'malformed_request');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('x-request-id')).toMatch(/./);
    },
  );

  it.each([
    '/',
    '/nothing',
    '/api',
    '/api/',
    '/api/nothing-here',
    '/api/artists/',
    '/api/artists//songs',
    '/api/Artists',
    '/API/artists',
    '//api/artists',
    '/api/v9/artists',
    '/api/auth/login',
    '/health/deep',
    '/.env',
    '/.git/config',
    '/docs/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/.well-known/openid-configuration',
  ])('404 in /api’s shape for GET %s', async (path) => {
    expectRefusal(await sendRaw(app.url, rawRequest(`GET ${path}`)), 404, 'route_not_found');
  });

  it.each(['PUT', 'POST', 'TRACE', 'PROPFIND', 'SEARCH'])('404 for a method without a route: %s', async (method) => {
    expectRefusal(await sendRaw(app.url, rawRequest(`${method} /api/users/me`)), 404, 'route_not_found');
  });

  it('400 for an unknown method, and for what is not HTTP', async () => {
    for (const bytes of ['BREW /api/artists HTTP/1.1\r\nHost: x\r\n\r\n', 'hello\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n']) {
      expectRefusal(await sendRaw(app.url, bytes), 400, 'malformed_request');
    }
    await live();
  });

  it('400 for HTTP/1.1 without Host', async () => {
    const answer = await sendRaw(app.url, 'GET /api/artists HTTP/1.1\r\nConnection: close\r\n\r\n');
    expectRefusal(answer, 400, 'malformed_request');
  });

  it.each(['host: 127.0.0.1', 'HOST: other', 'Host:'])('400 for a second Host header, %s', async (second) => {
    expectRefusal(await sendRaw(app.url, rawRequest('GET /api/artists', [second])), 400, 'malformed_request');
  });

  it('400 for an unknown expectation, in the shape of the path’s contract', async () => {
    const answer = await sendRaw(app.url, rawRequest('GET /v1/user/profile', ['Expect: foo']));
    expect([answer.status, answer.body]).toEqual([
      400,
      { success: false, error: { code: 'MALFORMED_REQUEST', message: TEXT } },
    ]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-request-id')).toMatch(/./);
    const known = rawRequest('GET /api/users/me', ['Expect: 100-Continue', `Authorization: Bearer ${root.token}`]);
    expect((await sendRaw(app.url, known)).text).toContain('200 OK');
  });

  it('400 for CONNECT', async () => {
    const connect = 'CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n';
    expectRefusal(await sendRaw(app.url, connect), 400, 'malformed_request');
    await live();
  });

  it('HEAD answers like GET, without the body', async () => {
    const answer = await app.http.call('HEAD', '/api/users/me', { headers: root.headers });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect((await app.http.call('HEAD', '/api/users/me')).status).toBe(401);
  });

  it('414 beyond 8,192 characters, and for an id beyond 512', async () => {
    const fits = `/api/artists?q=${'x'.repeat(90)}`;
    expectSuccess(await app.http.get(fits, { headers: root.headers }), 200, { list: true });
    const longest = `/api/artists?q=${'x'.repeat(8192 - '/api/artists?q='.length)}`;
    expectFaultsIn(await app.http.get(longest, { headers: root.headers }), 'q');
    const query = `/api/artists?q=${'x'.repeat(8193 - '/api/artists?q='.length)}`;
    expectRefusal(await app.http.get(query, { headers: root.headers }), 414, 'uri_too_long');
    expectRefusal(await app.http.get(`/${'x'.repeat(8192)}`), 414, 'uri_too_long');
    const id = await app.http.get(`/api/artists/${'x'.repeat(513)}`, { headers: root.headers });
    expectRefusal(id, 414, 'uri_too_long');
    expect(id.body.message).toBe('An id in the path is longer than 512 characters');
    expectRefusal(
      await app.http.get(`/api/artists/${'x'.repeat(512)}`, { headers: root.headers }),
      404,
      'artist_not_found',
    );
  });
});

describe('a path is decoded as the router decodes it', () => {
  const v1Refusal = (code: string) => ({ success: false, error: { code, message: expect.any(String) } });

  it('so that the error for an encoded path has the shape of its contract', async () => {
    for (const path of ['/v1/user/profile', '/%76%31/user/profile', '/v1/user/%70rofile']) {
      const { status, body } = await app.http.get(path);
      expect([status, body]).toEqual([401, v1Refusal('AUTHENTICATION_REQUIRED')]);
    }
    const absolute = await sendRaw(app.url, rawRequest('GET http://other/v1/user/profile'));
    expect([absolute.status, absolute.body]).toEqual([401, v1Refusal('AUTHENTICATION_REQUIRED')]);
  });

  it('so that an encoded path accepts a form where the plain one does', async () => {
    const form = { username: 'nobody', password: 'x' };
    const plain = await app.http.post('/auth', { form });
    const encoded = await app.http.post('/%61uth', { form });
    expect([encoded.status, encoded.body]).toEqual([plain.status, plain.body]);
    expect(encoded.status).toBe(401);
  });

  it('so that a semicolon ends no segment', async () => {
    expectRefusal(await app.http.get('/v1;x/user/profile'), 404, 'route_not_found');
    expectRefusal(await app.http.get('/api/artists;x'), 404, 'route_not_found');
  });
});

/** A path of each contract, and the shape of its errors. */
const SHAPES_BY_PATH: readonly (readonly [path: string, shape: (status: number) => object])[] = [
  [
    '/api/auth/login',
    (status) => ({ statusCode: status, message: TEXT, error: STATUS_CODES[status], code: expect.any(String) }),
  ],
  ['/api/v1/auth/login', () => ({ error: TEXT })],
  ['/v1/auth/login', () => ({ success: false, error: { code: expect.stringMatching(/^[A-Z_]+$/), message: TEXT } })],
  [
    '/auth',
    (status) => ({
      error: {
        errors: [{ error_code: expect.stringMatching(/^\d{5}$/), error_type: STATUS_CODES[status], message: TEXT }],
        code: status,
        message: STATUS_CODES[status],
      },
    }),
  ],
];

/** An error written by hand must be as complete as those of the framework. */
function expectWholeRefusal(answer: HttpAnswer, status: number, shape: (status: number) => object): void {
  expect([answer.status, answer.body]).toEqual([status, shape(status)]);
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(answer.text)));
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
}

describe.each(SHAPES_BY_PATH)('an unreadable request at %s is answered in the shape of its contract', (path, shape) => {
  it('431 for headers beyond 16 KB', async () => {
    const answer = await sendRaw(app.url, rawRequest(`GET ${path}`, [`X-Big: ${'x'.repeat(17_000)}`]));
    expectWholeRefusal(answer, 431, shape);
  });

  it('400 for characters that should be encoded', async () => {
    expectWholeRefusal(await sendRaw(app.url, rawRequest(`GET ${path}/é`)), 400, shape);
  });

  it('400 for a header without a name', async () => {
    expectWholeRefusal(await sendRaw(app.url, rawRequest(`POST ${path}`, [': x'])), 400, shape);
  });

  it('400 for a chunk without a length', async () => {
    const headers = ['Content-Type: application/json', 'Transfer-Encoding: chunked'];
    const connection = await RawConnection.open(app.url);
    connection.send(rawRequest(`POST ${path}`, [...headers, 'Expect: 100-continue']));
    await connection.hears('100 Continue');
    connection.send('no-length\r\n');
    const { text } = await connection.answer();
    // What was sent before the error is not part of it.
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(shape(400));
  });
});

describe('SECURITY 17: request headers', () => {
  it('431 beyond 16 KB', async () => {
    const answer = await sendRaw(app.url, rawRequest('GET /api/artists', [`X-Big: ${'x'.repeat(17_000)}`]));
    expectRefusal(answer, 431, 'headers_too_large');
    await live();
  });

  it.each([
    [
      'two Authorization headers',
      (token: string) => [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
    ],
    ['one in the other’s shadow', (token: string) => [`Authorization: Bearer ${token}`, 'authorization: Basic eDp5']],
    ['Basic', (token: string) => [`Authorization: Basic ${token}`]],
    ['no scheme', (token: string) => [`Authorization: ${token}`]],
    ['no token', () => ['Authorization: Bearer']],
    ['an empty header', () => ['Authorization:']],
    ['two tokens', (token: string) => [`Authorization: Bearer ${token} ${token}`]],
    ['a comma', (token: string) => [`Authorization: Bearer ${token},`]],
  ])('401 for %s', async (_, headers) => {
    const answer = await sendRaw(app.url, rawRequest('GET /api/users/me', headers(root.token)));
    expectRefusal(answer, 401, 'invalid_token');
  });

  it('200 for the scheme in any case', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer ']) {
      const answer = await app.http.get('/api/users/me', { headers: { authorization: `${scheme} ${root.token}` } });
      expectSuccess(answer, 200);
    }
  });

  it('401 for two x-api-key headers', async () => {
    const { apiKey } = await makeKey(app, root);
    const bytes = rawRequest('GET /api/users/me', [`x-api-key: ${apiKey}`, `x-api-key: ${apiKey}`]);
    expectRefusal(await sendRaw(app.url, bytes), 401, 'invalid_api_key');
  });

  it('refuses a request that smuggles another in its body', async () => {
    const smuggled = 'GET /api/users HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const headers of [
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Content-Length: 5', 'Content-Length: 6'],
      ['Transfer-Encoding: chunked, identity'],
      ['Content-Length: +5'],
    ]) {
      const bytes = Buffer.concat([rawRequest('POST /api/auth/login', headers), Buffer.from(`0\r\n\r\n${smuggled}`)]);
      const answer = await sendRaw(app.url, bytes);
      expect(answer.status).toBe(400);
      expectRefusal(answer, 400, 'malformed_request');
    }
    await live();
  });
});

describe('SECURITY 27: response headers', () => {
  const CSP = "default-src 'none'; frame-ancestors 'none'";

  it('protect every response, errors included, and name no software', async () => {
    for (const answer of [
      await app.http.get('/api/users/me', { headers: root.headers }),
      await app.http.get('/api/users/me'),
      await app.http.get('/api/nothing'),
      await app.http.get('/api/%zz'),
      await app.http.get('/health/live'),
      await artist('{'),
      await app.http.delete(`/api/artists/${UNKNOWN_ID}`, { headers: root.headers }),
      await app.http.call('OPTIONS', '/api/artists'),
    ]) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('content-security-policy')).toBe(CSP);
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(answer.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
      for (const name of ['server', 'x-powered-by', 'set-cookie']) expect(answer.headers.has(name)).toBe(false);
    }
  });

  it('let the docs page load only from this server, without being framed', async () => {
    const { headers, text, status } = await app.http.get('/docs');
    expect(status).toBe(200);
    expect(text).toMatch(/<html/i);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('serve the files that the docs page needs, and no others of its library', async () => {
    const { text } = await app.http.get('/docs');
    const needed = [...text.matchAll(/(?:src|href)="(\.\/docs\/[^"]+)"/g)].map(([, path]) => path.slice(1));
    expect(needed).toContain('/docs/swagger-ui-bundle.js');
    for (const path of needed) expect((await app.http.get(path)).status, path).toBe(200);
    for (const file of [
      ...['package.json', '%70ackage.json', 'README.md', 'NOTICE', 'LICENSE', 'absolute-path.js', 'index.js'],
      ...['swagger-ui.css.map', 'swagger-ui-bundle.js.map', 'swagger-ui.js', 'oauth2-redirect.html'],
    ]) {
      expectRefusal(await app.http.get(`/docs/${file}`), 404, 'route_not_found');
    }
  });

  it('allow public caching of the key set', async () => {
    const { headers, body } = await app.http.get('/.well-known/jwks.json');
    expect(headers.get('cache-control')).toBe('public, max-age=300');
    for (const key of body['keys'] as unknown as object[]) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
  });

  it('return the client’s request id if it is well formed, otherwise a new one', async () => {
    const idFor = async (id: string): Promise<string | null> =>
      (await app.http.get('/api/users/me', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idFor('trace-42_a.B')).toBe('trace-42_a.B');
    expect(await idFor('x'.repeat(64))).toBe('x'.repeat(64));
    for (const bad of ['x'.repeat(65), 'a b', 'a"b', 'é', '{"a":1}', ' ']) {
      const id = await idFor(bad);
      expect(id).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(await idFor('')).not.toBe(await idFor(''));
  });
});

describe('SECURITY 27: CORS', () => {
  const call = (method: string, path: string, headers: Record<string, string>): Promise<HttpAnswer> =>
    app.http.call(method, path, { headers });

  it('echoes a listed origin, never * and never credentials, on success and error', async () => {
    for (const path of ['/api/users/me', '/api/nothing', '/health/live']) {
      const { headers } = await call('GET', path, { ...root.headers, origin: ORIGIN });
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
      expect(headers.get('vary')).toMatch(/origin/i);
      const exposed = headers.get('access-control-expose-headers')?.split(', ');
      expect(exposed).toEqual(expect.arrayContaining(['www-authenticate', 'ratelimit-policy', 'ratelimit']));
    }
  });

  it('answers a preflight of a listed origin', async () => {
    const { status, headers } = await call('OPTIONS', '/api/artists', {
      origin: 'http://localhost:5173',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,x-api-key',
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(headers.get('access-control-allow-methods')).toMatch(/PATCH.*DELETE/);
    expect(headers.get('access-control-allow-headers')).toMatch(/authorization.*x-api-key/);
    expect(headers.get('vary')).toMatch(/origin/i);
  });

  it.each(['capacitor://localhost', 'https://a.sub.example', 'https://a.b.sub.example'])(
    'allows the listed origin %s',
    async (origin) => {
      const answers = [
        await call('GET', '/health/live', { origin }),
        await call('OPTIONS', '/api/artists', { origin, 'access-control-request-method': 'POST' }),
        await sendRaw(app.url, rawRequest('GET /v1/é', [`Origin: ${origin}`])),
      ];
      for (const { headers } of answers) expect(headers.get('access-control-allow-origin')).toBe(origin);
    },
  );

  it('lets a page send conditional requests and read the version', async () => {
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'PATCH' };
    const allowed = (await call('OPTIONS', '/api/artists', preflight)).headers.get('access-control-allow-headers');
    expect(allowed?.split(', ')).toEqual(expect.arrayContaining(['if-match', 'if-none-match']));
    const { headers } = await call('GET', '/api/users/me', { ...root.headers, origin: ORIGIN });
    expect(headers.get('access-control-expose-headers')?.split(', ')).toContain('etag');
  });

  it('lets a page send the headers of tracing', async () => {
    const preflight = { origin: ORIGIN, 'access-control-request-method': 'GET' };
    const { headers } = await call('OPTIONS', '/api/artists', preflight);
    const allowed = headers.get('access-control-allow-headers')?.split(', ');
    expect(allowed).toEqual(expect.arrayContaining(['traceparent', 'tracestate', 'baggage', 'sentry-trace']));
  });

  it.each([
    'https://sub.example',
    'https://.sub.example',
    'https://evil-sub.example',
    'https://a.subxexample',
    'https://a.sub.example.evil',
    'https://a.sub.example:8443',
    'http://a.sub.example',
    'https://evil.example/.sub.example',
    'capacitor://localhost2',
    'https://evil.example',
    'https://app.example.evil',
    'http://app.example',
    'https://APP.example',
    'null',
    '*',
  ])('does not allow the origin %s', async (origin) => {
    const read = await call('GET', '/api/users/me', { ...root.headers, origin });
    const preflight = await call('OPTIONS', '/api/artists', { origin, 'access-control-request-method': 'POST' });
    for (const { headers } of [read, preflight]) {
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('vary')).toMatch(/origin/i);
    }
  });

  it.each([
    ['an address that cannot be read', 400, 'GET /v1/%', []],
    ['an address that is too long', 414, `GET /v1/${'x'.repeat(8192)}`, []],
    ['an id that is too long', 414, `GET /api/artists/${'x'.repeat(513)}`, []],
    ['a second Host', 400, 'GET /v1/user/profile', ['Host: other']],
    ['headers that are too large', 431, 'GET /v1/user/profile', [`X-Big: ${'x'.repeat(17_000)}`]],
    ['broken syntax', 400, 'GET /v1/é', []],
  ])('lets a listed origin read the error for %s', async (_, status, line, headers) => {
    const asked = async (origin: string): Promise<HttpAnswer> => {
      const answer = await sendRaw(app.url, rawRequest(line, [`Origin: ${origin}`, ...headers]));
      expect(answer.status).toBe(status);
      expect(answer.headers.get('vary')).toMatch(/origin/i);
      return answer;
    };
    const known = await asked(ORIGIN);
    expect(known.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(known.headers.get('access-control-expose-headers')).toMatch(/x-request-id/i);
    expect((await asked('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets a listed origin read the error for a body that took too long', async () => {
    const other = await startApp({ env: { CORS_ORIGINS: ORIGIN, REQUEST_TIMEOUT_MS: '200' } });
    try {
      const connection = await RawConnection.open(other.url);
      const head = `Host: x\r\nOrigin: ${ORIGIN}\r\nContent-Type: application/json\r\nContent-Length: 50`;
      connection.send(`POST /v1/auth/login HTTP/1.1\r\n${head}\r\n\r\n{"em`);
      const { status, headers } = await connection.answer();
      expect([status, headers.get('access-control-allow-origin')]).toEqual([408, ORIGIN]);
      expect(headers.get('vary')).toMatch(/origin/i);
    } finally {
      await other.close();
    }
  });

  it('is off where no origin is listed', async () => {
    const other = await startApp();
    try {
      for (const path of ['/health/live', '/v1/%']) {
        const { headers } = await other.http.get(path, { headers: { origin: ORIGIN } });
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('vary')).toBeNull();
      }
      const preflight = { origin: ORIGIN, 'access-control-request-method': 'POST' };
      const options = await other.http.call('OPTIONS', '/api/artists', { headers: preflight });
      expectRefusal(options, 404, 'route_not_found');
    } finally {
      await other.close();
    }
  });
});

describe('a client that is too slow', () => {
  let impatient: TestApp;
  beforeAll(async () => {
    impatient = await startApp({ env: { REQUEST_TIMEOUT_MS: '200' } });
  });
  afterAll(() => impatient.close());

  it.each([
    ['headers', 'GET /api/artists HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['a request line', 'GET /api/art'],
    [
      'a body',
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"em',
    ],
    [
      'a chunk',
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"',
    ],
  ])('with %s gets 408 and is disconnected, even if it never closes its own side', async (_, bytes) => {
    const accepted = once(impatient.nest.getHttpServer(), 'connection');
    const connection = await RawConnection.open(impatient.url, { halfOpen: true });
    const [socket] = await accepted;
    connection.send(bytes);
    await once(socket, 'close');
    connection.destroy();
    expectRefusal(await connection.answer(), 408, 'request_timeout');
    expect((await impatient.http.get('/health/live')).status).toBe(200);
  });

  it.each(SHAPES_BY_PATH)('with a body at %s gets 408 in the shape of the contract', async (path, shape) => {
    const head = 'Host: x\r\nContent-Type: application/json\r\nContent-Length: 50';
    const connection = await RawConnection.open(impatient.url);
    connection.send(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n{"us`);
    expectWholeRefusal(await connection.answer(), 408, shape);
  });

  it('that sends nothing is disconnected', async () => {
    const connection = await RawConnection.open(impatient.url);
    await connection.closed;
  });
});

describe('concurrent requests', () => {
  it('are answered, twenty good ones among two hundred bad ones', async () => {
    const bad = Array.from({ length: 200 }, (_, i) =>
      i % 2 ? artist('{"name":') : app.http.get('/api/artists/%00', { headers: bearer('nonsense') }),
    );
    const good = Array.from({ length: 20 }, () => app.http.get('/api/users/me', { headers: root.headers }));
    for (const answer of await Promise.all(good)) expectSuccess(answer, 200);
    for (const answer of await Promise.all(bad)) expect([400, 401]).toContain(answer.status);
    const email = freshEmail();
    const json = { email, name: 'Still Here', password: PASSWORD };
    expectSuccess(await app.http.post('/api/auth/signup', { json }), 201);
  });
});
