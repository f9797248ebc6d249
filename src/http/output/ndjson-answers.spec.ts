import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Logger } from '@nestjs/common';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '../../common/domain-error.js';
import { type NdjsonLine, NdjsonUpload } from '../input/ndjson-upload.js';
import { answerNdjson, type NdjsonJob } from './ndjson-answers.js';

class Job implements NdjsonJob {
  handled = 0;
  finished = 0;
  closed = 0;
  private end = (): void => undefined;
  readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  constructor(
    private readonly answer: (line: NdjsonLine) => object = ({ line }) => ({ line }),
    readonly batchMax = 100,
  ) {}

  async handle(lines: readonly NdjsonLine[]): Promise<object[]> {
    const answers = lines.map(this.answer);
    this.handled += lines.length;
    return answers;
  }

  async finish(): Promise<object> {
    this.finished++;
    this.end();
    return { handled: this.handled };
  }

  close(): void {
    this.closed++;
  }
}

const uploadOf = (source: Readable, answered = Promise.resolve()): NdjsonUpload =>
  new NdjsonUpload(source, { idleMs: 1000, shutdown: new AbortController().signal, answered });
const lines = (count: number): Readable => Readable.from([Buffer.from('{}\n'.repeat(count))], { objectMode: false });
const parsed = (answers: string): unknown[] =>
  answers
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

beforeEach(() => {
  for (const level of ['debug', 'error'] as const) vi.spyOn(Logger.prototype, level).mockReturnValue();
});

describe('answerNdjson', () => {
  it('answers a line for a line, in order, and the counts last', async () => {
    const answers = parsed(await text(answerNdjson(uploadOf(lines(250)), new Job())));
    expect(answers).toEqual([
      ...Array.from({ length: 250 }, (_, i) => ({ line: i + 1 })),
      { done: true, handled: 250 },
    ]);
  });

  it('answers while the upload runs', async () => {
    const source = new PassThrough();
    const answers = answerNdjson(uploadOf(source), new Job())[Symbol.asyncIterator]();
    source.write('{}\n');
    expect(String((await answers.next()).value)).toBe('{"line":1}\n');
    source.end('{}\n');
    expect(String((await answers.next()).value)).toMatch(/^\{"line":2\}\n/);
  });

  it('ends with the reason when a batch is refused, after the answers before it', async () => {
    const job = new Job(({ line }) => {
      if (line > 100) throw new DomainError('forbidden', { message: 'No more' });
      return { line };
    });
    const answers = parsed(await text(answerNdjson(uploadOf(lines(250)), job)));
    expect(answers).toHaveLength(101);
    expect(answers.at(-1)).toEqual({ done: false, handled: 100, code: 'forbidden', message: 'No more' });
    expect(job.finished).toBe(1);
  });

  it('says nothing of an error that is no DomainError', async () => {
    const job = new Job(() => {
      throw new Error('secret detail');
    });
    const answers = parsed(await text(answerNdjson(uploadOf(lines(1)), job)));
    expect(answers).toEqual([
      { done: false, handled: 0, code: 'internal_error', message: 'Something went wrong on our side' },
    ]);
  });

  it('finishes once when the client disconnects, with what it had answered', async () => {
    const source = new PassThrough();
    const job = new Job();
    const answers = answerNdjson(uploadOf(source), job);
    source.write('{}\n{}\n{"half":');
    await new Promise((resolve) => answers.once('readable', resolve));
    source.destroy();
    expect(parsed(await text(answers))).toMatchObject([{ line: 1 }, { line: 2 }, { done: false, handled: 2 }]);
    expect(job.finished).toBe(1);
  });

  it('closes once the client has the whole answer, for which it takes memory until then', async () => {
    const job = new Job();
    let answer = (): void => undefined;
    await text(answerNdjson(uploadOf(lines(1), new Promise((resolve) => (answer = resolve))), job));
    await new Promise(setImmediate);
    expect([job.finished, job.closed]).toEqual([1, 0]);
    answer();
    await new Promise(setImmediate);
    expect(job.closed).toBe(1);
  });

  it('goes on reading while up to 16 MiB of answers wait, then ends and lets the client finish', async () => {
    const answerBytes = 1_048_576;
    const job = new Job(({ line }) => ({ line, filler: 'x'.repeat(answerBytes) }), 1);
    const answers = answerNdjson(uploadOf(lines(100)), job);
    // No one has read an answer yet.
    await job.ended;
    const received = parsed(await text(answers));
    expect(received.at(-1)).toMatchObject({ done: false, code: 'payload_too_large' });
    expect(received.length - 1).toBe(job.handled);
    expect(job.handled).toBeGreaterThanOrEqual(16);
    expect(job.handled).toBeLessThan(100);
  });

  it('is cut off, and not whole, where the counts cannot be had', async () => {
    const job = new Job();
    job.finish = () => Promise.reject(new Error('no database'));
    await expect(text(answerNdjson(uploadOf(lines(1)), job))).rejects.toThrow();
  });
});
