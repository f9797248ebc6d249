import { addAbortListener } from 'node:events';
import type { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';
import { BODY_LIMIT, LINE_CONTAINERS_MAX } from '../../common/limits.js';
import { parseJsonObject } from './json-body.js';
import { LineSplitter, type RawLine } from './ndjson-lines.js';

/** A line of an upload: an object, or why it is none. */
export type NdjsonLine =
  { readonly line: number; readonly value: object } | { readonly line: number; readonly error: DomainError };

/** Bytes of lines that wait for their batch. Beyond it the client is made to wait, by the flow control of TCP. */
const WAITING_MAX = 1_048_576;

export interface UploadOptions {
  /** How long the client may send nothing while it is waited for, in milliseconds. */
  readonly idleMs: number;
  readonly shutdown: AbortSignal;
  readonly answered: Promise<void>;
  /** Called once, when reading begins. */
  onStart?(): void;
}

/**
 * The body of a request as lines of JSON objects, each of at most {@link BODY_LIMIT} bytes. A line that is too long,
 * not UTF-8, not JSON, too deep or no object is an error of its own; the next one is read all the same.
 */
export class NdjsonUpload {
  private readonly splitter = new LineSplitter(BODY_LIMIT);
  private readonly waiting: RawLine[] = [];
  private waitingBytes = 0;
  private isComplete = false;
  private failure: DomainError | undefined;
  private wake = (): void => undefined;

  constructor(
    private readonly source: Readable,
    private readonly options: UploadOptions,
  ) {}

  /** Aborted, with the error to answer, when the server stops. */
  get shutdown(): AbortSignal {
    return this.options.shutdown;
  }

  /** Resolves once the client has its whole answer, or has disconnected. */
  get answered(): Promise<void> {
    return this.options.answered;
  }

  /**
   * Batches of 1 to `linesMax` lines, and of at most `bytesMax` bytes unless the first line is longer. A batch holds what
   * arrived while the one before was processed: a slow upload comes line by line, a fast one in large batches. To be read
   * once.
   * @throws DomainError `request_timeout` when the client stops sending, `malformed_request` when it disconnects,
   *   the reason of `shutdown` when the server stops
   */
  async *batches(linesMax: number, bytesMax = Infinity): AsyncGenerator<readonly NdjsonLine[]> {
    const listening = addAbortListener(this.shutdown, () => {
      this.failure ??= this.shutdown.reason as DomainError;
      this.wake();
    });
    try {
      yield* this.read(linesMax, bytesMax);
    } finally {
      listening[Symbol.dispose]();
    }
  }

  private async *read(linesMax: number, bytesMax: number): AsyncGenerator<readonly NdjsonLine[]> {
    this.start();
    for (;;) {
      if (this.waiting.length === 0 && !this.isComplete && !this.failure) await this.moreLines();
      if (this.waiting.length === 0 && this.isComplete) return;
      if (this.failure) throw this.failure;
      const batch = this.waiting.splice(0, lengthOf(this.waiting, linesMax, bytesMax));
      this.waitingBytes -= bytesOf(batch);
      this.flow();
      if (batch.length > 0) yield batch.map(parseLine);
    }
  }

  /** Reads on without looking, so that the client can finish and read its answer; disconnects it after `idleMs`. */
  discardRest(): void {
    if (this.source.destroyed || this.source.readableEnded) return;
    const timer = setTimeout(() => this.source.destroy(), this.options.idleMs).unref();
    this.source.once('close', () => clearTimeout(timer));
    this.source
      .removeAllListeners('data')
      .on('error', () => undefined)
      .resume();
  }

  private start(): void {
    this.options.onStart?.();
    if (this.source.destroyed) this.fail(disconnected());
    this.source.on('data', (chunk: Buffer) => {
      this.accept(this.splitter.push(chunk));
      if (this.waitingBytes >= WAITING_MAX) this.source.pause();
    });
    this.source.once('end', () => {
      this.accept(this.splitter.end());
      this.isComplete = true;
      this.wake();
    });
    this.source.once('error', () => this.fail(disconnected()));
    // After the end it changes nothing; before it, the connection was cut.
    this.source.once('close', () => this.fail(disconnected()));
  }

  private accept(lines: Iterable<RawLine>): void {
    for (const line of lines) {
      this.waiting.push(line);
      this.waitingBytes += bytesOf([line]);
    }
    this.wake();
  }

  private fail(failure: DomainError): void {
    if (!this.isComplete) this.failure ??= failure;
    this.wake();
  }

  private flow(): void {
    if (this.waitingBytes < WAITING_MAX && this.source.isPaused()) this.source.resume();
  }

  /** Settles with the next chunk, the end, or a failure. Each chunk is waited for anew, so each restarts the timer. */
  private moreLines(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.fail(new DomainError('request_timeout')), this.options.idleMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** What keeping a line costs, apart from its bytes: many short lines must not be free. */
const LINE_OVERHEAD = 128;

function bytesOf(lines: readonly RawLine[]): number {
  return lines.reduce((sum, { bytes }) => sum + LINE_OVERHEAD + (bytes?.length ?? 0), 0);
}

/** How many of the first lines fit; one at least. */
function lengthOf(lines: readonly RawLine[], linesMax: number, bytesMax: number): number {
  const most = Math.min(lines.length, linesMax);
  let length = 0;
  for (let bytes = 0; length < most; length++) {
    bytes += lines[length]?.bytes?.length ?? 0;
    if (bytes > bytesMax && length > 0) break;
  }
  return length;
}

function parseLine({ line, bytes }: RawLine): NdjsonLine {
  try {
    if (!bytes) throw new DomainError('payload_too_large', { message: `The line is longer than ${BODY_LIMIT} bytes` });
    return { line, value: parseJsonObject(bytes, 'line', LINE_CONTAINERS_MAX) };
  } catch (error) {
    if (error instanceof DomainError) return { line, error };
    throw error;
  }
}

function disconnected(): DomainError {
  return new DomainError('malformed_request', { message: 'The connection was closed before the upload was complete' });
}
