import { PassThrough, Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { type NdjsonLine, NdjsonUpload } from './ndjson-upload.js';

const IDLE_MS = 1000;
const MEBIBYTE = 1_048_576;

/** Absent `shutdown`: of a server that does not stop. */
const uploadOf = (source: Readable, shutdown = new AbortController().signal): NdjsonUpload =>
  new NdjsonUpload(source, { idleMs: IDLE_MS, shutdown, answered: Promise.resolve() });

const shown = (line: NdjsonLine): unknown => ('value' in line ? [line.line, line.value] : [line.line, line.error.code]);

async function readAll(source: Readable, linesMax = 1000): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const batch of uploadOf(source).batches(linesMax)) lines.push(...batch.map(shown));
  return lines;
}

const upload = (text: string | Buffer): Promise<unknown[]> =>
  readAll(Readable.from([Buffer.from(text)], { objectMode: false }));

afterEach(() => void vi.useRealTimers());

describe('NdjsonUpload', () => {
  it('reads an object a line, with or without a line feed at the end', async () => {
    expect(await upload('{"a":1}\n\n{"b":2}')).toEqual([
      [1, { a: 1 }],
      [2, { b: 2 }],
    ]);
    expect(await upload('')).toEqual([]);
  });

  it.each([
    ['{"a":', 'malformed_json'],
    ['{} {}', 'malformed_json'],
    ['\ufeff{}', 'malformed_json'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'malformed_json'],
    ['[]', 'invalid_request'],
    ['null', 'invalid_request'],
    [`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, 'invalid_request'],
    ['{"__proto__":{}}', 'invalid_request'],
    [`{"a":"${'x'.repeat(102_400)}"}`, 'payload_too_large'],
  ])('answers a bad line by its number and reads the next: %#', async (bad, code) => {
    const text = Buffer.concat([Buffer.from('{"first":1}\n'), Buffer.from(bad), Buffer.from('\n{"last":1}')]);
    expect(await upload(text)).toEqual([
      [1, { first: 1 }],
      [2, code],
      [3, { last: 1 }],
    ]);
  });

  it('speaks of the line, not of the body', async () => {
    const source = Readable.from([Buffer.from('{')], { objectMode: false });
    const { value } = await uploadOf(source).batches(10).next();
    expect(value).toMatchObject([{ error: { message: 'The line is not valid JSON' } }]);
  });

  it('hands out what has arrived, without waiting for more', async () => {
    const source = new PassThrough();
    const batches = uploadOf(source).batches(1000);
    source.write('{"a":1}\n{"b":');
    expect((await batches.next()).value).toMatchObject([{ line: 1 }]);
    source.write('2}\n{"c":3}\n');
    expect((await batches.next()).value).toMatchObject([{ line: 2 }, { line: 3 }]);
    source.end();
    expect(await batches.next()).toMatchObject({ done: true });
  });

  it('hands out no more lines at once than it is asked for', async () => {
    const sizes: number[] = [];
    const source = Readable.from([Buffer.from('{}\n'.repeat(25))], { objectMode: false });
    for await (const batch of uploadOf(source).batches(10)) sizes.push(batch.length);
    expect(sizes).toEqual([10, 10, 5]);
  });

  it('hands out no more bytes at once than it is asked for, unless one line has more', async () => {
    const lines = ['{}', '{}', '{"a":"long"}', '{}', '{}', '{}'];
    const source = Readable.from([Buffer.from(lines.join('\n'))], { objectMode: false });
    const batches: unknown[] = [];
    for await (const batch of uploadOf(source).batches(1000, 4)) batches.push(batch.map(({ line }) => line));
    expect(batches).toEqual([[1, 2], [3], [4, 5], [6]]);
  });

  it.each([
    ['short lines', '{}\n'.repeat(5000)],
    ['long lines', `{"a":"${'x'.repeat(15_000)}"}\n`],
  ])('lets the client wait while a batch is worked on: %s', async (_, chunk) => {
    let read = 0;
    const source = new Readable({
      read() {
        read += chunk.length;
        this.push(chunk);
      },
    });
    const batches = uploadOf(source).batches(10);
    await batches.next();
    for (let i = 0; i < 1000; i++) await new Promise(setImmediate);
    expect(read).toBeLessThan(2 * MEBIBYTE);
    source.destroy();
  });

  it('reads an upload of many times that size to its end', async () => {
    const chunks = Array.from({ length: 400 }, () => Buffer.from('{"a":1}\n'.repeat(1000)));
    expect(await readAll(Readable.from(chunks, { objectMode: false }))).toHaveLength(400_000);
  });

  it('ends with request_timeout when nothing arrives for too long; each chunk starts the time again', async () => {
    vi.useFakeTimers();
    const source = new PassThrough();
    const outcome = readAll(source).catch((error: unknown) => error);
    for (let i = 0; i < 10; i++) {
      source.write('{"a":');
      await vi.advanceTimersByTimeAsync(IDLE_MS - 1);
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome).toMatchObject({ code: 'request_timeout' });
  });

  it('counts only the time in which it waits for the client', async () => {
    vi.useFakeTimers();
    const source = new PassThrough();
    const batches = uploadOf(source).batches(1);
    source.write('{}\n');
    await batches.next();
    await vi.advanceTimersByTimeAsync(10 * IDLE_MS);
    source.end('{}\n');
    expect((await batches.next()).value).toMatchObject([{ line: 2 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['before', 'while'])(
    'ends with malformed_request when the client disconnects %s it is read',
    async (when) => {
      const source = new PassThrough();
      source.write('{"a":1}\n');
      if (when === 'before') source.destroy();
      const batches = uploadOf(source).batches(10);
      if (when === 'while') {
        expect((await batches.next()).value).toHaveLength(1);
        source.write('{"half":');
        source.destroy(new Error('aborted'));
      }
      await expect(batches.next()).rejects.toMatchObject({ code: 'malformed_request' });
    },
  );

  it('discards the rest without keeping it, and disconnects a client that does not finish', async () => {
    vi.useFakeTimers();
    const source = new PassThrough();
    const reader = uploadOf(source);
    const batches = reader.batches(10);
    source.write('{}\n');
    await batches.next();
    reader.discardRest();
    for (let i = 0; i < 100; i++) {
      source.write('{}\n'.repeat(10_000));
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(source.readableLength).toBe(0);
    await vi.advanceTimersByTimeAsync(IDLE_MS);
    expect(source.destroyed).toBe(true);
  });
});

describe('NdjsonUpload, when the server stops', () => {
  function begin(text: string) {
    const [source, server] = [new PassThrough(), new AbortController()];
    source.write(text);
    return { source, server, batches: uploadOf(source, server.signal).batches(1) };
  }

  it('ends with service_unavailable while it waits for the client', async () => {
    const { server, batches } = begin('{"a":1}\n');
    await batches.next();
    const next = batches.next();
    server.abort(new DomainError('service_unavailable'));
    await expect(next).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('hands out no line that has arrived', async () => {
    const { server, batches } = begin('{"a":1}\n{"b":2}\n');
    await batches.next();
    server.abort(new DomainError('service_unavailable'));
    await expect(batches.next()).rejects.toMatchObject({ code: 'service_unavailable' });
  });

  it('ends well where every line has been handed out', async () => {
    const { source, server, batches } = begin('{"a":1}\n');
    source.end();
    await batches.next();
    server.abort(new DomainError('service_unavailable'));
    expect(await batches.next()).toEqual({ done: true, value: undefined });
  });
});
