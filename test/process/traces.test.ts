import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { onPostgres } from '../support/database.js';
import { onServer } from '../support/global-setup.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { CLIENT, ERROR, INTERNAL, OtlpCollector, type ReceivedSpan, SERVER } from '../support/otlp-collector.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';
import { buildServer, type BuiltServer, ServerProcess } from '../support/server-process.js';

// Each starts a server.
vi.setConfig({ testTimeout: 120_000 });

let built: BuiltServer;
let dataDir: string;
/** The folder of a server that was started once: a start from a copy of it makes no database. */
let usedDataDir: string;
let collector: OtlpCollector;
const started: ServerProcess[] = [];
beforeAll(async () => {
  built = await buildServer();
  usedDataDir = join(built.folder, 'data');
  const server = ServerProcess.start(built, { DATA_DIR: usedDataDir });
  await server.url();
  await server.stop();
}, 120_000);
afterAll(() => built.remove());
beforeEach(async () => {
  collector = await OtlpCollector.start();
  dataDir = join(await mkdtemp(join(tmpdir(), 'stagedoor-data-')), 'data');
  await cp(usedDataDir, dataDir, { recursive: true });
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.signalGroup('SIGKILL');
    await server.ended;
  }
  await collector.stop();
  await rm(join(dataDir, '..'), { recursive: true, force: true });
});

function start(env: Record<string, string>): ServerProcess {
  const server = ServerProcess.start(built, {
    DATA_DIR: dataDir,
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'debug',
    ...env,
  });
  started.push(server);
  return server;
}

/** One whose spans can be read, and all of whose spans have come once it has ended. */
function startTraced(env: Record<string, string> = {}): ServerProcess {
  return start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...env,
  });
}

async function stop(server: ServerProcess): Promise<void> {
  expect(await server.stop(), server.stdout + server.stderr).toEqual({ code: 0, signal: null });
}

async function signUp(http: HttpClient): Promise<{ email: string; token: string; refreshToken: string }> {
  const email = freshEmail();
  const answer = await http.post('/api/auth/signup', { json: { email, name: 'Grace Hopper', password: PASSWORD } });
  expect(answer.status, answer.text).toBe(201);
  return { email, token: answer.body.data.token, refreshToken: answer.body.data.refreshToken };
}

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const traceparent = (trace = TRACE, flags = '01'): Record<string, string> => ({
  traceparent: `00-${trace}-${CALLER}-${flags}`,
});

/** The span of the request with this id. */
function requestSpan(id: string): ReceivedSpan {
  const found = collector.spans.filter(({ attributes }) => attributes['stagedoor.request_id'] === id);
  expect(found).toHaveLength(1);
  return found[0];
}

const childrenOf = ({ spanId }: ReceivedSpan): ReceivedSpan[] =>
  collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId);

const linesOf = (server: ServerProcess): Record<string, unknown>[] =>
  server.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('without the variables that ask for traces', () => {
  /** The files that a server had loaded when it ended, modules of either kind. */
  async function filesLoaded(env: Record<string, string>): Promise<string[]> {
    const folder = await mkdtemp(join(dataDir, '..', 'loaded-'));
    const server = start({ ...env, NODE_V8_COVERAGE: folder });
    const { token } = await signUp(await server.http());
    await (await server.http()).get('/api/users/me', { headers: bearer(token) });
    await stop(server);
    const reports = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
    return reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url));
  }
  const ofTelemetry = (files: string[]): string[] => files.filter((url) => /opentelemetry|\/telemetry\//.test(url));

  it.each([
    ['nothing set', {}],
    ['a name and a protocol alone', { OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }],
    ['the SDK disabled', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }],
    ['no exporter', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_TRACES_EXPORTER: 'none' }],
  ])('nothing of OpenTelemetry is loaded: %s', async (_, env) => {
    const files = await filesLoaded(env);
    expect(files.filter((url) => url.endsWith('/dist/main.js'))).toHaveLength(1);
    expect(ofTelemetry(files)).toEqual([]);
  });

  it('with them it is loaded, so that the look above can see it', async () => {
    const files = await filesLoaded({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(ofTelemetry(files).some((url) => url.includes('/@opentelemetry/sdk-trace'))).toBe(true);
  });
});

describe('a traced request', () => {
  it('is a span of its own, with its route, its path and how it ended', async () => {
    const server = startTraced();
    const http = await server.http();
    const { token } = await signUp(http);
    const id = '0198c3b4-9d2e-7c31-8a55-2f6f0c1d9e77';
    const missing = { headers: { ...bearer(token), 'x-request-id': 'missing' } };
    expect((await http.get(`/api/artists/${id}`, missing)).status).toBe(404);
    expect((await http.get('/nowhere', { headers: { 'x-request-id': 'nowhere' } })).status).toBe(404);
    await stop(server);

    expect(requestSpan('missing')).toMatchObject({
      name: 'GET /api/artists/:id',
      kind: SERVER,
      status: { code: 0 },
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/artists/:id',
        'http.response.status_code': 404,
        'url.path': `/api/artists/${id}`,
        'url.scheme': 'http',
      },
      resource: { 'service.name': 'stagedoor', 'service.version': '0.1.0' },
    });
    expect(requestSpan('missing').parentSpanId).toBeUndefined();
    expect(requestSpan('nowhere').name).toBe('GET');
    expect(requestSpan('nowhere').attributes).not.toHaveProperty('http.route');
  });

  it('goes on with the trace of its caller, and starts one where what came is none', async () => {
    const server = startTraced();
    const http = await server.http();
    await http.get('/v1/user/profile', { headers: { ...traceparent(), 'x-request-id': 'called' } });
    const odd = { traceparent: `00-${TRACE}-0000000000000000-01`, 'x-request-id': 'odd' };
    await http.get('/v1/user/profile', { headers: odd });
    await http.get('/v1/user/profile', { headers: { ...traceparent(TRACE, '00'), 'x-request-id': 'unsampled' } });
    await stop(server);
    expect(requestSpan('called')).toMatchObject({ traceId: TRACE, parentSpanId: CALLER });
    expect(requestSpan('odd').traceId).not.toBe(TRACE);
    expect(collector.spans.filter(({ attributes }) => attributes['stagedoor.request_id'] === 'unsampled')).toEqual([]);
  });

  it('names its trace in every line that is logged of it, also of a body that cannot be read', async () => {
    const server = startTraced();
    const http = await server.http();
    const caller = traceparent();
    const headers = { ...caller, 'content-type': 'application/json' };
    const connection = await RawConnection.open(await server.url());
    connection.send(
      `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: unreadable\r\nTraceparent: ${caller.traceparent}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    );
    // A body that comes by itself is read outside of what the head began.
    await connection.hears('100 Continue');
    connection.send('{');
    await connection.hears('malformed');
    connection.destroy();
    await http.post('/api/auth/login', { raw: '{}', headers: { ...headers, 'x-request-id': 'empty' } });
    const wrong = JSON.stringify({ email: freshEmail(), password: PASSWORD });
    await http.post('/api/auth/login', { raw: wrong, headers: { ...headers, 'x-request-id': 'wrong' } });
    await stop(server);
    const lines = linesOf(server).filter(({ requestId }) => requestId !== undefined);
    expect(lines.map(({ requestId, traceId }) => [requestId, traceId])).toEqual([
      ['unreadable', TRACE],
      ['empty', TRACE],
      // The security event, and the refusal.
      ['wrong', TRACE],
      ['wrong', TRACE],
    ]);
  });

  it('has a span for each statement, with what it does and nothing it was given; and one for its password hash', async () => {
    const server = startTraced();
    const http = await server.http();
    const person = { email: freshEmail(), name: 'Grace Hopper', password: PASSWORD };
    await http.post('/api/auth/signup', { json: person, headers: { 'x-request-id': 'first' } });
    await http.post('/api/auth/signup', { json: person, headers: { 'x-request-id': 'again' } });
    const { email, password } = person;
    await http.post('/api/auth/login', { json: { email, password }, headers: { 'x-request-id': 'login' } });
    await stop(server);

    const children = childrenOf(requestSpan('first'));
    const statements = children.filter(({ kind }) => kind === CLIENT);
    expect(statements.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['START', 'INSERT users', 'INSERT sessions SELECT users', 'COMMIT']),
    );
    for (const { name, attributes } of statements) {
      expect(attributes).toEqual({
        'db.system.name': 'postgresql',
        'db.operation.name': name.split(' ')[0],
        'db.query.summary': name,
      });
    }
    const hashes = children.filter(({ kind }) => kind === INTERNAL);
    expect(hashes).toMatchObject([{ name: 'hash a password', status: { code: 0 } }]);
    expect(hashes[0].attributes['stagedoor.hash.wait_ms']).toBeGreaterThanOrEqual(0);
    expect(childrenOf(requestSpan('login')).map(({ name }) => name)).toContain('verify a password');
    expect(requestSpan('again').attributes['http.response.status_code']).toBe(409);
  });

  it('of which the server cannot answer is an error, with the hash that there was no place for', async () => {
    const server = startTraced({ HASH_CONCURRENCY: '1', HASH_QUEUE_MAX: '0' });
    const http = await server.http();
    const login = { json: { email: freshEmail(), password: PASSWORD } };
    await vi.waitFor(
      async () => {
        const answers = await Promise.all(Array.from({ length: 8 }, () => http.post('/api/auth/login', login)));
        if (!answers.some(({ status }) => status === 503)) throw new Error('there was always a place');
      },
      { timeout: 30_000, interval: 1 },
    );
    await stop(server);
    const shed = collector.spans.find(({ attributes }) => attributes['http.response.status_code'] === 503)!;
    expect(shed).toMatchObject({ kind: SERVER, status: { code: ERROR }, attributes: { 'error.type': '503' } });
    expect(childrenOf(shed).filter(({ kind }) => kind === INTERNAL)).toMatchObject([
      { status: { code: ERROR }, attributes: { 'error.type': 'overloaded' } },
    ]);
    const served = collector.spans.filter(({ attributes }) => attributes['http.response.status_code'] === 401);
    for (const { status } of served) expect(status.code).toBe(0);
  });

  it('ends without a status when its caller hangs up', async () => {
    const server = startTraced();
    const connection = await RawConnection.open(await server.url());
    connection.send(
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone\r\nContent-Type: application/json\r\n' +
        'Content-Length: 9\r\nExpect: 100-continue\r\n\r\n',
    );
    await connection.hears('100 Continue');
    connection.destroy();
    await server.says('The client hung up');
    await stop(server);
    expect(requestSpan('gone')).toMatchObject({ name: 'POST /api/auth/login', status: { code: 0 } });
    expect(requestSpan('gone').attributes).not.toHaveProperty('http.response.status_code');
  });

  it('is not made of health checks and scrapes', async () => {
    const server = startTraced({ METRICS_ENABLED: 'true', SHUTDOWN_GRACE_MS: '2000' });
    const http = await server.http();
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json']) {
      expect((await http.get(path)).status).toBe(200);
    }
    await stop(server);
    expect(collector.spans.map(({ name }) => name)).toEqual(['GET /.well-known/jwks.json']);
  });
});

describe('what leaves the house', () => {
  it('SECURITY 29: holds no password, token, key, hash, header, body, query or address of anybody', async () => {
    const server = startTraced();
    const http = await server.http();
    const person = await signUp(http);
    const headers = bearer(person.token);
    const key = await http.post('/api/auth/keys', { headers, json: { name: 'marker-of-a-body' } });
    const { apiKey } = key.body.data as unknown as { apiKey: string };
    await http.get('/api/users/me?q=marker-of-a-query', {
      headers: { 'x-api-key': apiKey, 'x-odd': 'marker-of-a-head' },
    });
    await http.get('/api/artists?q=marker-of-a-search', { headers });
    await http.get(`/api/users/${person.email}`, { headers });
    await http.get(`/api/users/${encodeURIComponent(person.email)}`, { headers });
    await http.get(`/nowhere/${person.token}/${apiKey}/${person.refreshToken}`);
    await http.post('/api/auth/refresh', { json: { refreshToken: person.refreshToken } });
    await http.post('/api/auth/login', { json: { email: person.email, password: 'marker-of-a-guess' } });
    await http.post('/api/auth/signup', { json: { email: person.email, name: 'Grace', password: PASSWORD } });
    const last = await http.post('/api/auth/logout', { headers });
    await stop(server);

    const sent = collector.deliveries.map(
      ({ body, headers: sentHeaders }) => JSON.stringify(sentHeaders) + body.toString(),
    );
    // All of it came, so that what follows had something to find.
    expect(requestSpan(last.headers.get('x-request-id') ?? '').name).toBe('POST /api/auth/logout');
    const secrets = [
      PASSWORD,
      person.email,
      person.email.split('@')[0],
      encodeURIComponent(person.email),
      person.token,
      person.token.split('.')[2],
      person.refreshToken,
      apiKey,
      apiKey.slice(8),
      'marker-of-a',
      'Grace',
      await readFile(join(dataDir, 'app-secret'), 'utf8'),
      'argon2id$',
      'Bearer',
      '@example.com',
    ];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(4);
      expect(
        sent.filter((text) => text.includes(secret)),
        secret,
      ).toEqual([]);
    }
  });
});

describe('the standard variables', () => {
  it('say where the traces go and whose they are; OTLP is protobuf where nothing else is said', async () => {
    const server = start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/of-my-own`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=of-my-tenant',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=of-my-stage',
      OTEL_SERVICE_NAME: 'of-my-name',
    });
    await (await server.http()).get('/v1/user/profile');
    await stop(server);
    expect(collector.deliveries).toHaveLength(1);
    const [{ path, headers, body }] = collector.deliveries;
    expect(path).toBe('/of-my-own');
    expect(headers).toMatchObject({ 'content-type': 'application/x-protobuf', 'x-tenant': 'of-my-tenant' });
    for (const text of ['GET /v1/user/profile', 'of-my-name', 'of-my-stage'])
      expect(body.includes(text), text).toBe(true);
    expect(server.stdout).not.toContain('of-my');
  });

  it('say how many traces are kept; the log names the others too', async () => {
    const server = startTraced({ OTEL_TRACES_SAMPLER: 'always_off' });
    await (await server.http()).get('/v1/user/profile', { headers: traceparent() });
    await stop(server);
    expect(collector.deliveries).toEqual([]);
    expect(linesOf(server).find(({ msg }) => msg === 'Request failed')).toMatchObject({ traceId: TRACE });
  });

  it('that the SDK cannot read are said in the log', async () => {
    const server = startTraced({ OTEL_TRACES_SAMPLER: 'sometimes' });
    await server.url();
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([
      { detail: expect.stringContaining('OTEL_TRACES_SAMPLER') as string },
    ]);
  });

  it('can send the spans to the log: a line of JSON for each', async () => {
    const server = start({ OTEL_TRACES_EXPORTER: 'console' });
    await (await server.http()).get('/v1/user/profile', { headers: traceparent() });
    await stop(server);
    const spans = linesOf(server).filter(({ msg }) => msg === 'Span');
    expect(spans).toMatchObject([
      { name: 'GET /v1/user/profile', kind: 'SERVER', traceId: TRACE, parentSpanId: CALLER, status: 'UNSET' },
    ]);
    expect(server.stderr).toBe('');
  });
});

describe('a collector that', () => {
  const FAILS = 'Traces cannot be delivered';
  const AGAIN = 'Traces are delivered again';
  const said = (server: ServerProcess, text: string): number =>
    server.messages.filter((message) => message.includes(text)).length;

  /** Sends a request, and waits for the delivery of its span, so many times. */
  async function deliver(http: HttpClient, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const delivery = collector.getsMore(1);
      expect((await http.get('/v1/user/profile')).status).toBe(401);
      await delivery;
    }
  }

  it('answers 500 is said once until it recovers, and nobody but the log learns of it', async () => {
    collector.mode = 500;
    const server = startTraced({ OTEL_BSP_SCHEDULE_DELAY: '1' });
    const http = await server.http();
    await deliver(http, 4);
    await server.says(FAILS);
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([
      { reason: 'the collector answers 500' },
    ]);
    collector.mode = 200;
    await deliver(http, 3);
    await server.says(AGAIN);
    collector.mode = 500;
    await deliver(http, 3);
    await stop(server);
    expect([said(server, FAILS), said(server, AGAIN)]).toEqual([2, 1]);
  });

  it('is not there is said once; requests are answered, and the end is orderly', async () => {
    await collector.stop();
    const server = startTraced({
      OTEL_EXPORTER_OTLP_TIMEOUT: '100',
      OTEL_BSP_SCHEDULE_DELAY: '1',
    });
    const http = await server.http();
    for (let i = 0; i < 3; i++) expect((await http.get('/v1/user/profile')).status).toBe(401);
    await server.says(FAILS);
    for (let i = 0; i < 3; i++) expect((await http.get('/v1/user/profile')).status).toBe(401);
    await stop(server);
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([{ reason: 'ECONNREFUSED' }]);
  });

  it('never answers holds up neither a request nor the end', async () => {
    collector.mode = 'hang';
    // Of the exporter's own accord it would wait for ten seconds, and the server would be ended by force, with 1.
    const server = startTraced({ OTEL_BSP_SCHEDULE_DELAY: '1', SHUTDOWN_GRACE_MS: '5000' });
    const http = await server.http();
    const delivery = collector.getsMore(1);
    expect((await http.get('/v1/user/profile')).status).toBe(401);
    await delivery;
    const person = await signUp(http);
    expect((await http.get('/api/users/me', { headers: bearer(person.token) })).status).toBe(200);
    await stop(server);
    expect(server.messages.at(-1)).toBe('Stopped');
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([
      { msg: expect.stringContaining(FAILS) as string, reason: 'No answer before the end' },
    ]);
  });
});

describe('requests at once', () => {
  /** Twenty people at once over one connection of the database: most wait for one that another's work gives back. */
  async function expectOwnStatements(env: Record<string, string>): Promise<void> {
    const server = startTraced({ ...env, DATABASE_POOL_MAX: '1' });
    const http = await server.http();
    const { token } = await signUp(http);
    const traces = Array.from({ length: 20 }, () => randomBytes(16).toString('hex'));
    const answers = await Promise.all(
      traces.map((trace) => http.get('/api/users/me', { headers: { ...bearer(token), ...traceparent(trace) } })),
    );
    for (const { status } of answers) expect(status).toBe(200);
    await stop(server);
    const statements = traces.map((trace) =>
      collector.spans.filter(({ traceId, kind }) => traceId === trace && kind === CLIENT).map(({ name }) => name),
    );
    expect(statements).toEqual(traces.map(() => ['SELECT users']));
  }

  it('have each their own statements', () => expectOwnStatements({}));

  it.runIf(onPostgres())('have each their own statements on PostgreSQL too, prepared ones', async () => {
    const serverUrl = process.env['TEST_DATABASE_URL'] ?? '';
    const name = `stagedoor_traces_${randomBytes(6).toString('hex')}`;
    await onServer(serverUrl, `CREATE DATABASE ${name}`);
    const url = new URL(serverUrl);
    url.pathname = `/${name}`;
    try {
      await expectOwnStatements({ DATABASE_URL: url.href, APP_SECRET: randomBytes(32).toString('hex') });
    } finally {
      for (const server of started) server.signalGroup('SIGKILL');
      await Promise.all(started.map((server) => server.ended));
      await onServer(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});
