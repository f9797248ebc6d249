import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONTRACTS, FALLBACK_CONTRACT } from '../../src/app.contracts.js';
import { DomainError } from '../../src/common/domain-error.js';
import { readConfig } from '../../src/config/read-config.js';
import { NdjsonBody, NdjsonRoute } from '../../src/http/input/ndjson-route.js';
import type { NdjsonLine, NdjsonUpload } from '../../src/http/input/ndjson-upload.js';
import { NoUnknownInputGuard } from '../../src/http/input/no-unknown-input.guard.js';
import { createValidationPipe } from '../../src/http/input/validation.pipe.js';
import { ContractErrorFilter } from '../../src/http/output/contract-error.filter.js';
import { RepeatedErrors } from '../../src/http/output/repeated-errors.js';
import { answerNdjson } from '../../src/http/output/ndjson-answers.js';
import { ndjsonExport } from '../../src/http/output/ndjson-export.js';
import { createHttpAdapter } from '../../src/http/server/http-adapter.js';
import { refuseMalformed } from '../../src/http/server/malformed-requests.js';
import { expectRefusal } from '../support/api-answers.js';
import { HttpClient } from '../support/http-client.js';
import { chunk, RawConnection } from '../support/raw-connection.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
/** Numbers of the lines that were stored. */
const stored: number[] = [];
let finished = 0;
/** Uploads whose answer has left, or whose client has. */
let closed = 0;
/** Whether the export without an end goes on. */
let isExporting = false;

@Controller('api/things')
class ThingsController {
  @Post('import')
  @NdjsonRoute()
  import(@NdjsonBody() upload: NdjsonUpload) {
    return answerNdjson(upload, {
      batchMax: 100,
      handle: async (lines) => {
        await new Promise(setImmediate);
        return lines.map((line) => this.store(line));
      },
      finish: async () => ({ stored: ++finished && stored.length }),
      close: () => void closed++,
    });
  }

  @Post()
  create() {
    return {};
  }

  @Get('export')
  export() {
    return ndjsonExport(things());
  }

  @Get('endless')
  exportEndlessly() {
    return ndjsonExport(endlessThings());
  }

  private store(line: NdjsonLine): object {
    if ('error' in line) return { line: line.line, result: 'refused', code: line.error.code };
    if ('forbidden' in line.value) throw new DomainError('forbidden');
    stored.push(line.line);
    return { line: line.line, result: 'created' };
  }
}

async function* things(): AsyncGenerator<object> {
  for (let n = 1; n <= 1000; n++) yield { n };
}

async function* endlessThings(): AsyncGenerator<object> {
  isExporting = true;
  try {
    for (let n = 1; ; n++) yield { n };
  } finally {
    isExporting = false;
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

async function start(env: Record<string, string> = {}): Promise<{ nest: NestFastifyApplication; url: string }> {
  const config = readConfig({
    SUPER_ADMIN_EMAIL: 'root@example.com',
    SUPER_ADMIN_PASSWORD: 'Open-5esame-root',
    ...env,
  });
  const nest = await NestFactory.create<NestFastifyApplication>(
    ThingsModule,
    createHttpAdapter(config, CONTRACTS, FALLBACK_CONTRACT, undefined),
    { bodyParser: false, logger: false },
  );
  refuseMalformed(nest.getHttpAdapter().getInstance());
  const denials = { record: () => undefined };
  nest.useGlobalFilters(new ContractErrorFilter(CONTRACTS, FALLBACK_CONTRACT, new RepeatedErrors(), denials));
  nest.useGlobalGuards(new NoUnknownInputGuard());
  nest.useGlobalPipes(createValidationPipe());
  await nest.listen(0, '127.0.0.1');
  return { nest, url: (await nest.getUrl()).replace('[::1]', '127.0.0.1') };
}

let app: Awaited<ReturnType<typeof start>>;
let http: HttpClient;
beforeAll(async () => {
  app = await start();
  http = new HttpClient(app.url);
});
afterAll(() => app.nest.close());

const parsed = (text: string): unknown[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

const HEAD = 'POST /api/things/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n';

describe('an upload of NDJSON', () => {
  it('is answered a line for a line, in NDJSON, with the counts last', async () => {
    const before = stored.length;
    const answer = await http.post('/api/things/import', { raw: '{}\n{\n\n{}', headers: NDJSON });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    expect(parsed(answer.text)).toEqual([
      { line: 1, result: 'created' },
      { line: 2, result: 'refused', code: 'malformed_json' },
      { line: 3, result: 'created' },
      { done: true, stored: before + 2 },
    ]);
  });

  it('may be larger than any other body, and be sent to the end before an answer is read', async () => {
    const answer = await http.post('/api/things/import', { raw: '{}\n'.repeat(100_000), headers: NDJSON });
    expect(parsed(answer.text)).toHaveLength(100_001);
  });

  it('is answered while it runs', async () => {
    const connection = await RawConnection.open(app.url);
    connection.send(`${HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk('{}\n')}`);
    await connection.hears('{"line":1,"result":"created"}\n');
    connection.send(`${chunk('{}\n')}0\r\n\r\n`);
    await connection.hears('"done":true');
    await connection.closed;
  });

  it('that is empty has counts only', async () => {
    const answer = await http.post('/api/things/import', { raw: '', headers: NDJSON });
    expect(parsed(answer.text)).toEqual([{ done: true, stored: stored.length }]);
  });

  it('says why it ended early, and stores no line after that', async () => {
    const before = stored.length;
    const raw = `{}\n{"forbidden":1}\n${'{}\n'.repeat(100_000)}`;
    const answer = await http.post('/api/things/import', { raw, headers: NDJSON });
    expect(parsed(answer.text).at(-1)).toMatchObject({ done: false, code: 'forbidden' });
    expect(stored.length).toBe(before + 1);
  });

  it('that is cut off has every answered line stored, and half a line never', async () => {
    const [before, finishedBefore] = [stored.length, finished];
    const connection = await RawConnection.open(app.url);
    connection.send(`${HEAD}Content-Length: 1000\r\n\r\n{}\n{}\n{"half":1`);
    await connection.hears('{"line":2');
    connection.destroy();
    await expect.poll(() => finished).toBe(finishedBefore + 1);
    expect(stored.length).toBe(before + 2);
  });

  it('makes room for the next one when its client has the answer, and when its client is gone', async () => {
    const before = closed;
    await http.post('/api/things/import', { raw: '{}\n', headers: NDJSON });
    await expect.poll(() => closed).toBe(before + 1);
    const connection = await RawConnection.open(app.url);
    connection.send(`${HEAD}Content-Length: 1000\r\n\r\n{}\n`);
    await connection.hears('{"line":1');
    expect(closed).toBe(before + 1);
    connection.destroy();
    await expect.poll(() => closed).toBe(before + 2);
  });

  it('makes room also when its client is gone before its answer had its turn on the connection', async () => {
    const [before, finishedBefore] = [closed, finished];
    const connection = await RawConnection.open(app.url);
    connection.send(`GET /api/things/endless HTTP/1.1\r\nHost: x\r\n\r\n${HEAD}Content-Length: 3\r\n\r\n{}\n`);
    await expect.poll(() => finished).toBe(finishedBefore + 1);
    expect(closed).toBe(before);
    connection.destroy();
    await expect.poll(() => closed).toBe(before + 1);
  });

  it.each([
    ['application/json', {}],
    ['text/plain', {}],
    ['application/x-ndjson; charset=utf-16', {}],
    ['application/x-ndjson', { 'content-encoding': 'gzip' }],
    ['application/ndjson', {}],
  ])('labelled %s %j is 415', async (type, headers) => {
    const answer = await http.post('/api/things/import', { raw: '{}', headers: { 'content-type': type, ...headers } });
    expectRefusal(answer, 415, 'unsupported_media_type');
    expect(answer.body.message).toContain('application/x-ndjson');
  });

  it.each(['/api/things', '/api/auth/login'])('is 415 elsewhere, with or without a route: %s', async (path) => {
    expect((await http.post(path, { raw: '{}\n', headers: NDJSON })).status).toBe(415);
    expectRefusal(await http.post('/api/things', { raw: '{}', headers: NDJSON }), 415, 'unsupported_media_type');
  });
});

describe('a slow upload of NDJSON', () => {
  const TIMEOUT_MS = 3000;
  let impatient: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    impatient = await start({ REQUEST_TIMEOUT_MS: String(TIMEOUT_MS) });
  });
  afterAll(() => impatient.nest.close());
  // The sockets are real; only the time of the server's timers is not.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Lets the timeout pass as soon as the server's timer runs. */
  async function outwait(ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ended.finally(() => (isOver = true));
    while (!isOver) {
      vi.advanceTimersByTime(TIMEOUT_MS);
      await new Promise(setImmediate);
    }
  }

  it('may take longer than REQUEST_TIMEOUT_MS as long as it goes on', async () => {
    const connection = await RawConnection.open(impatient.url);
    connection.send(`${HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n`);
    for (let line = 1; line <= 15; line++) {
      connection.send(chunk('{}\n'));
      await connection.hears(`{"line":${line},`);
      vi.advanceTimersByTime(TIMEOUT_MS - 1);
    }
    connection.send('0\r\n\r\n');
    await connection.hears('"done":true');
    await connection.closed;
  });

  it('that stops is told so and disconnected', async () => {
    const connection = await RawConnection.open(impatient.url);
    connection.send(`${HEAD}Content-Length: 1000\r\n\r\n{}\n`);
    await connection.hears('{"line":1,');
    await outwait(connection.closed);
    await connection.hears('"code":"request_timeout"');
  });

  it('that no handler reads is disconnected too', async () => {
    const accepted = once(impatient.nest.getHttpServer(), 'connection');
    const connection = await RawConnection.open(impatient.url, { halfOpen: true });
    const [socket] = await accepted;
    connection.send(`${HEAD.replace('import', 'import?unknown=1')}Content-Length: 1000\r\n\r\n{}\n`);
    await connection.hears('HTTP/1.1 400');
    await outwait(once(socket, 'close'));
    connection.destroy();
    expect((await connection.answer()).status).toBe(400);
  });
});

describe('an export of NDJSON', () => {
  it('is a line for each object', async () => {
    const { text } = await http.get('/api/things/export');
    expect(parsed(text)).toEqual(Array.from({ length: 1000 }, (_, i) => ({ n: i + 1 })));
  });
});

describe('a client that does not read its response', () => {
  /** Sends a request, and reads nothing of the response. */
  async function ask(url: string, request: string): Promise<Socket> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    socket.write(request);
    await once(socket, 'connect');
    return socket;
  }
  const GET_ENDLESS = 'GET /api/things/endless HTTP/1.1\r\nHost: x\r\n\r\n';

  it('does not hold up a shutdown', async () => {
    const stopping = await start({ REQUEST_TIMEOUT_MS: '600000' });
    const socket = await ask(stopping.url, GET_ENDLESS);
    await expect.poll(() => isExporting).toBe(true);
    await stopping.nest.close();
    await expect.poll(() => isExporting).toBe(false);
    socket.destroy();
  });
});
