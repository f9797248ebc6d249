import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { onServer } from '../support/global-setup.js';
import { HOLDABLE, holdHashingOf } from '../support/held-server.js';
import { bearer, type HttpClient } from '../support/http-client.js';
import { CLIENT, ERROR, INTERNAL, OtlpCollector, type ReceivedSpan, SERVER } from '../support/otlp-collector.js';
import { freshEmail, PASSWORD } from '../support/people.js';
import { RawConnection } from '../support/raw-connection.js';
import { ServerProcess } from '../support/server-process.js';

const PATIENCE = { timeout: 120_000, interval: 20 };

let folder: string;
/** The data folder of a server that has stopped. A start from a copy of it creates no database. */
let usedDataDir: string;
/** Every file that a server loaded which was not asked for traces. */
let loadedUntraced: string[];
const started: ServerProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stagedoor-traces-'));
  usedDataDir = join(folder, 'used');
  const server = launch({
    DATA_DIR: usedDataDir,
    // Neither says where traces go.
    OTEL_SERVICE_NAME: 'x',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    NODE_V8_COVERAGE: join(folder, 'untraced'),
  });
  const { token } = await signUp(await server.http());
  await (await server.http()).get('/api/users/me', { headers: bearer(token) });
  await stop(server);
  loadedUntraced = await filesIn(join(folder, 'untraced'));
});
afterAll(async () => {
  for (const server of started) server.signalGroup('SIGKILL');
  await Promise.all(started.map((server) => server.ended));
  await rm(folder, { recursive: true, force: true });
});

function launch(env: Record<string, string>, command?: string[]): ServerProcess {
  const server = ServerProcess.start({ RATE_LIMIT_ENABLED: 'false', LOG_LEVEL: 'debug', ...env }, command);
  started.push(server);
  return server;
}

async function start(env: Record<string, string>, command?: string[]): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(folder, 'data-'));
  await cp(usedDataDir, dataDir, { recursive: true });
  return launch({ DATA_DIR: dataDir, ...env }, command);
}

/** Delivers each span as soon as it ends, in a form that can be read. */
function startTraced(
  collector: Pick<OtlpCollector, 'url'>,
  env: Record<string, string> = {},
  command?: string[],
): Promise<ServerProcess> {
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '1',
  };
  return start({ ...traced, ...env }, command);
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

/** The files that a server had loaded when it ended, as `NODE_V8_COVERAGE` lists them. */
async function filesIn(coverage: string): Promise<string[]> {
  const reports = await Promise.all((await readdir(coverage)).map((name) => readFile(join(coverage, name), 'utf8')));
  return reports.flatMap((text) => (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url));
}
const ofTelemetry = (files: string[]): string[] => files.filter((url) => /opentelemetry|\/telemetry\//.test(url));

const CALLER = 'b7ad6b7169203331';
const newTrace = (): string => randomBytes(16).toString('hex');
const traceparent = (trace: string, flags = '01'): Record<string, string> => ({
  traceparent: `00-${trace}-${CALLER}-${flags}`,
});

const linesOf = (server: ServerProcess): Record<string, unknown>[] =>
  server.stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('without the variables that ask for traces', () => {
  it('no file of OpenTelemetry is loaded', () => {
    expect(loadedUntraced.filter((url) => url.endsWith('/dist/main.js'))).toHaveLength(1);
    expect(ofTelemetry(loadedUntraced)).toEqual([]);
  });
});

describe('a traced server', () => {
  let collector: OtlpCollector;
  let server: ServerProcess;
  let http: HttpClient;
  beforeAll(async () => {
    collector = await OtlpCollector.start();
    const env = { METRICS_ENABLED: 'true', DATABASE_POOL_MAX: '1', HASH_CONCURRENCY: '1', HASH_QUEUE_MAX: '0' };
    server = await startTraced(collector, env, HOLDABLE);
    http = await server.http();
  });
  afterAll(() => collector.stop());

  /** The span of the request with this id, once it is delivered. Its children end before it, and are delivered first. */
  function spanOf(id: string): Promise<ReceivedSpan> {
    return vi.waitFor(() => {
      const found = collector.spans.filter(({ attributes }) => attributes['stagedoor.request_id'] === id);
      expect(found).toHaveLength(1);
      return found[0];
    }, PATIENCE);
  }
  const childrenOf = ({ spanId }: ReceivedSpan): ReceivedSpan[] =>
    collector.spans.filter(({ parentSpanId }) => parentSpanId === spanId);
  const named = (id: string): Record<string, string> => ({ 'x-request-id': id });

  it('delivers a span for each request, with its route, its path and its status', async () => {
    const { token } = await signUp(http);
    const id = '0198c3b4-9d2e-7c31-8a55-2f6f0c1d9e77';
    const missing = { headers: { ...bearer(token), ...named('missing') } };
    expect((await http.get(`/api/artists/${id}`, missing)).status).toBe(404);
    expect((await http.get('/nowhere', { headers: named('nowhere') })).status).toBe(404);

    const [span, unrouted] = [await spanOf('missing'), await spanOf('nowhere')];
    expect(span).toMatchObject({
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
      resource: { 'service.name': 'stagedoor' },
    });
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(span.resource['service.version']).toBe(version);
    expect(span.parentSpanId).toBeUndefined();
    expect(unrouted.name).toBe('GET');
    expect(unrouted.attributes).not.toHaveProperty('http.route');
  });

  it('continues the trace of the caller, starts one where the header is invalid, and honours "not sampled"', async () => {
    const trace = newTrace();
    await http.get('/v1/user/profile', { headers: { ...traceparent(trace), ...named('called') } });
    const invalid = { traceparent: `00-${trace}-0000000000000000-01`, ...named('invalid') };
    await http.get('/v1/user/profile', { headers: invalid });
    await http.get('/v1/user/profile', { headers: { ...traceparent(trace, '00'), ...named('unsampled') } });
    await http.get('/v1/user/profile', { headers: named('after') });
    expect(await spanOf('called')).toMatchObject({ traceId: trace, parentSpanId: CALLER });
    expect((await spanOf('invalid')).traceId).not.toBe(trace);
    await spanOf('after');
    expect(collector.spans.filter(({ attributes }) => attributes['stagedoor.request_id'] === 'unsampled')).toEqual([]);
  });

  it('writes the trace into every log line of a request, also where the body cannot be parsed', async () => {
    const trace = newTrace();
    const caller = traceparent(trace);
    const headers = { ...caller, 'content-type': 'application/json' };
    const connection = await RawConnection.open(await server.url());
    connection.send(
      `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: unreadable\r\nTraceparent: ${caller.traceparent}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    );
    // A body that arrives later is read outside the context in which the headers were.
    await connection.hears('100 Continue');
    connection.send('{');
    await connection.hears('malformed');
    connection.destroy();
    await http.post('/api/auth/login', { raw: '{}', headers: { ...headers, ...named('empty') } });
    const wrong = JSON.stringify({ email: freshEmail(), password: PASSWORD });
    await http.post('/api/auth/login', { raw: wrong, headers: { ...headers, ...named('wrong') } });
    const ids = ['unreadable', 'empty', 'wrong'];
    await vi.waitFor(() => {
      const lines = linesOf(server).filter(({ requestId }) => ids.includes(String(requestId)));
      expect(lines.map(({ requestId, traceId }) => [requestId, traceId])).toEqual([
        ['unreadable', trace],
        ['empty', trace],
        // The security event, and the refusal.
        ['wrong', trace],
        ['wrong', trace],
      ]);
    }, PATIENCE);
  });

  it('has a span for each statement, without its parameters, and one for the password hash', async () => {
    const person = { email: freshEmail(), name: 'Grace Hopper', password: PASSWORD };
    await http.post('/api/auth/signup', { json: person, headers: named('first') });
    await http.post('/api/auth/signup', { json: person, headers: named('again') });
    const { email, password } = person;
    await http.post('/api/auth/login', { json: { email, password }, headers: named('login') });

    const children = childrenOf(await spanOf('first'));
    const statements = children.filter(({ kind }) => kind === CLIENT);
    expect(statements.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['START', 'INSERT', 'insert session', 'COMMIT']),
    );
    for (const { name, attributes } of statements) {
      expect(attributes).toEqual({
        'db.system.name': 'postgresql',
        'db.operation.name': expect.stringMatching(/^[A-Z]+$/),
        'db.query.summary': name,
      });
    }
    const hashes = children.filter(({ kind }) => kind === INTERNAL);
    expect(hashes).toMatchObject([{ name: 'hash a password', status: { code: 0 } }]);
    expect(hashes[0].attributes['stagedoor.hash.wait_ms']).toBeGreaterThanOrEqual(0);
    expect(childrenOf(await spanOf('login')).map(({ name }) => name)).toContain('verify a password');
    expect((await spanOf('again')).attributes['http.response.status_code']).toBe(409);
  });

  it('marks a request that was refused for load as an error, and the hash that found the queue full', async () => {
    const json = { email: freshEmail(), password: PASSWORD };
    const hashing = await holdHashingOf(server);
    const first = http.post('/api/auth/login', { json, headers: named('hashed') });
    await hashing.begun();
    const refused = await http.post('/api/auth/login', { json, headers: named('shed') });
    hashing.release();
    expect([refused.status, (await first).status]).toEqual([503, 401]);
    const shed = await spanOf('shed');
    expect(shed).toMatchObject({ kind: SERVER, status: { code: ERROR }, attributes: { 'error.type': '503' } });
    expect(childrenOf(shed).filter(({ kind }) => kind === INTERNAL)).toMatchObject([
      { status: { code: ERROR }, attributes: { 'error.type': 'overloaded' } },
    ]);
    expect((await spanOf('hashed')).status.code).toBe(0);
  });

  it('ends a span without a status when the client disconnects', async () => {
    const connection = await RawConnection.open(await server.url());
    connection.send(
      'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone\r\nContent-Type: application/json\r\n' +
        'Content-Length: 9\r\nExpect: 100-continue\r\n\r\n',
    );
    await connection.hears('100 Continue');
    connection.destroy();
    const span = await spanOf('gone');
    expect(span).toMatchObject({ name: 'POST /api/auth/login', status: { code: 0 } });
    expect(span.attributes).not.toHaveProperty('http.response.status_code');
  });

  it('makes no span of health checks and scrapes', async () => {
    const trace = newTrace();
    for (const path of ['/health', '/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json']) {
      expect((await http.get(path, { headers: { ...traceparent(trace), ...named('checks') } })).status).toBe(200);
    }
    await spanOf('checks');
    const spans = collector.spans.filter(({ traceId }) => traceId === trace);
    expect(spans.map(({ name }) => name)).toEqual(['GET /.well-known/jwks.json']);
  });

  it('gives concurrent requests their own statements, though they share one connection to the database', async () => {
    await expectOwnStatements(collector, http);
  });

  it('SECURITY 29: delivers no password, token, key, hash, header, body, query or e-mail address', async () => {
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
    await http.post('/api/auth/logout', { headers: { ...headers, ...named('last') } });
    expect((await spanOf('last')).name).toBe('POST /api/auth/logout');

    const sent = collector.deliveries.map(
      ({ body, headers: sentHeaders }) => JSON.stringify(sentHeaders) + body.toString(),
    );
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
      await readFile(join(usedDataDir, 'app-secret'), 'utf8'),
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

/** Twenty requests at once over one connection of the database: most wait until another has returned it. */
async function expectOwnStatements(collector: OtlpCollector, http: HttpClient): Promise<void> {
  const { token } = await signUp(http);
  const traces = Array.from({ length: 20 }, newTrace);
  const answers = await Promise.all(
    traces.map((trace) => http.get('/api/users/me', { headers: { ...bearer(token), ...traceparent(trace) } })),
  );
  for (const { status } of answers) expect(status).toBe(200);
  await vi.waitFor(() => {
    const spans = collector.spans;
    const statements = traces.map((trace) =>
      spans.filter(({ traceId, kind }) => traceId === trace && kind === CLIENT).map(({ name }) => name),
    );
    expect(statements).toEqual(traces.map(() => ['find user by id']));
  }, PATIENCE);
}

const SERVER_URL = process.env['TEST_DATABASE_URL'] ?? '';
describe.runIf(SERVER_URL !== '')('a traced server on PostgreSQL', () => {
  it('gives concurrent requests their own statements, prepared ones', async () => {
    const collector = await OtlpCollector.start();
    const name = `stagedoor_traces_${randomBytes(6).toString('hex')}`;
    await onServer(SERVER_URL, `CREATE DATABASE ${name}`);
    const url = new URL(SERVER_URL);
    url.pathname = `/${name}`;
    const env = { DATABASE_URL: url.href, APP_SECRET: randomBytes(32).toString('hex'), DATABASE_POOL_MAX: '1' };
    const server = await startTraced(collector, env);
    try {
      await expectOwnStatements(collector, await server.http());
    } finally {
      server.signal('SIGKILL');
      await server.ended;
      await collector.stop();
      await onServer(SERVER_URL, `DROP DATABASE ${name} WITH (FORCE)`);
    }
  });
});

describe('the standard variables', () => {
  let collector: OtlpCollector;
  beforeAll(async () => {
    collector = await OtlpCollector.start();
  });
  afterAll(() => collector.stop());

  it('set the endpoint, headers and resource, with protobuf as the default; the log names one the SDK rejects', async () => {
    const server = await start({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/of-my-own`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=of-my-tenant',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=of-my-stage',
      OTEL_SERVICE_NAME: 'of-my-name',
      OTEL_TRACES_SAMPLER: 'sometimes',
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
    expect(linesOf(server)).toContainEqual(
      expect.objectContaining({ level: 'warn', detail: expect.stringContaining('OTEL_TRACES_SAMPLER') as string }),
    );
  });

  it('set the sampler; the log names the traces that are not kept as well', async () => {
    const before = collector.deliveries.length;
    const trace = newTrace();
    const server = await startTraced(collector, { OTEL_TRACES_SAMPLER: 'always_off' });
    await (await server.http()).get('/v1/user/profile', { headers: traceparent(trace) });
    await stop(server);
    expect(collector.deliveries).toHaveLength(before);
    expect(linesOf(server).find(({ msg }) => msg === 'Request failed')).toMatchObject({ traceId: trace });
  });

  it('can send the spans to the log, a line of JSON for each; only then is OpenTelemetry loaded', async () => {
    const trace = newTrace();
    const coverage = join(folder, 'traced');
    const server = await start({ OTEL_TRACES_EXPORTER: 'console', NODE_V8_COVERAGE: coverage });
    await (await server.http()).get('/v1/user/profile', { headers: traceparent(trace) });
    await stop(server);
    const spans = linesOf(server).filter(({ msg }) => msg === 'Span');
    expect(spans).toMatchObject([
      { name: 'GET /v1/user/profile', kind: 'SERVER', traceId: trace, parentSpanId: CALLER, status: 'UNSET' },
    ]);
    expect(server.stderr).toBe('');
    const files = ofTelemetry(await filesIn(coverage));
    expect(files.some((url) => url.includes('/@opentelemetry/sdk-trace'))).toBe(true);
  });
});

describe('a collector', () => {
  const FAILS = 'Traces cannot be exported';
  const AGAIN = 'Traces are exported again';
  const count = (server: ServerProcess, text: string): number =>
    server.messages.filter((message) => message.includes(text)).length;

  let collector: OtlpCollector;
  beforeAll(async () => {
    collector = await OtlpCollector.start();
  });
  afterAll(() => collector.stop());

  /** Sends a request and waits for the delivery of its span, so many times. */
  async function deliver(http: HttpClient, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const delivery = collector.getsMore(1);
      expect((await http.get('/v1/user/profile')).status).toBe(401);
      await delivery;
    }
  }

  it('that answers 500 is logged once until it recovers, and no request fails', async () => {
    collector.mode = 500;
    const server = await startTraced(collector);
    const http = await server.http();
    await deliver(http, 4);
    await server.says(FAILS);
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([
      { reason: 'the collector responded with 500' },
    ]);
    collector.mode = 200;
    await deliver(http, 3);
    await server.says(AGAIN);
    collector.mode = 500;
    await deliver(http, 3);
    await stop(server);
    expect([count(server, FAILS), count(server, AGAIN)]).toEqual([2, 1]);
  });

  it('that never answers delays neither a request nor the shutdown', async () => {
    collector.mode = 'hang';
    // The exporter gives up long after the test, so only the shutdown ends its wait.
    const server = await startTraced(collector, {
      OTEL_EXPORTER_OTLP_TIMEOUT: '600000',
      OTEL_BSP_EXPORT_TIMEOUT: '600000',
      SHUTDOWN_GRACE_MS: '60000',
    });
    const http = await server.http();
    const delivery = collector.getsMore(1);
    expect((await http.get('/v1/user/profile')).status).toBe(401);
    await delivery;
    const person = await signUp(http);
    expect((await http.get('/api/users/me', { headers: bearer(person.token) })).status).toBe(200);
    await stop(server);
    expect(server.messages.at(-1)).toBe('Stopped');
    expect(linesOf(server).filter(({ level }) => level === 'warn')).toMatchObject([
      { msg: expect.stringContaining(FAILS) as string, reason: 'The collector did not respond before the shutdown' },
    ]);
  });

  it('that is down is logged once; requests are answered, and the shutdown is orderly', async () => {
    // No one listens on a port that only a privileged program may have. The timeout is shorter than the exporter's
    // first pause before it tries again.
    const server = await startTraced({ url: 'http://127.0.0.1:1' }, { OTEL_EXPORTER_OTLP_TIMEOUT: '700' });
    const http = await server.http();
    for (let i = 0; i < 3; i++) expect((await http.get('/v1/user/profile')).status).toBe(401);
    await server.says(FAILS);
    for (let i = 0; i < 3; i++) expect((await http.get('/v1/user/profile')).status).toBe(401);
    await stop(server);
    const reasons = linesOf(server).flatMap(({ level, reason }) => (level === 'warn' ? [reason] : []));
    expect(reasons).toEqual([expect.stringMatching(/^(?:ECONNREFUSED|Request timed out)$/)]);
  });
});
