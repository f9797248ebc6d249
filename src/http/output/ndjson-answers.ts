import { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { logFailure } from './log-failure.js';
import type { NdjsonLine, NdjsonUpload } from '../input/ndjson-upload.js';
import { toDomainError } from './to-domain-error.js';

/** Bytes of answers that may wait for the client: a browser reads none of them before it has sent everything. */
const WAITING_MAX = 16_777_216;

/** What is done with the lines of an upload. */
export interface NdjsonJob {
  /** Lines of a batch at most. */
  readonly batchMax: number;
  /** Bytes of a batch at most, unless its first line is longer. Absent: no limit. */
  readonly batchBytesMax?: number;
  /**
   * Answers a batch: a line for a line, in order. What is thrown here ends the upload. `signal` is aborted when the server
   * stops: a long batch then throws its reason, with nothing done.
   */
  handle(lines: readonly NdjsonLine[], signal: AbortSignal): Promise<readonly object[]>;
  /** Called once, at the end, however it came: the counts for the last line. */
  finish(): Promise<object>;
  /** Called once, when the client has the whole answer or has disconnected. Until then the answer takes memory. */
  close(): void;
}

/**
 * The answer to an upload, while it runs. The last line is `{done: true, …counts}`, or `{done: false, …counts, code,
 * message}` when the upload ended early; the lines that were answered before it are done. Reading never waits for the
 * client to read: when more than 16 MiB of answers wait, the upload ends with `payload_too_large`.
 */
export function answerNdjson(upload: NdjsonUpload, job: NdjsonJob): Readable {
  const answers = new Readable({ read: () => undefined });
  void Promise.all([run(upload, job, answers), upload.answered]).then(() => job.close());
  return answers;
}

async function run(upload: NdjsonUpload, job: NdjsonJob, answers: Readable): Promise<void> {
  const failure = await handleAll(upload, job, answers);
  try {
    const counts = await job.finish();
    const outcome = failure && { code: failure.code, message: failure.message };
    answers.push(lineOf({ done: !failure, ...counts, ...outcome }));
    answers.push(null);
  } catch (error) {
    // Without a last line the client must not take the answer for whole.
    logFailure(logger, ENDED, error);
    answers.destroy();
  }
  upload.discardRest();
}

/** Settles with what ended the upload early. */
async function handleAll(upload: NdjsonUpload, job: NdjsonJob, answers: Readable): Promise<DomainError | undefined> {
  try {
    for await (const lines of upload.batches(job.batchMax, job.batchBytesMax)) {
      answers.push((await job.handle(lines, upload.shutdown)).map(lineOf).join(''));
      if (answers.readableLength > WAITING_MAX) throw tooManyWaiting();
    }
    return undefined;
  } catch (error) {
    const failure = toDomainError(error);
    logFailure(logger, ENDED, failure);
    return failure;
  }
}

const ENDED = 'Upload ended early';
const logger = new Logger('NdjsonUpload');

function tooManyWaiting(): DomainError {
  return new DomainError('payload_too_large', {
    message: `More than ${WAITING_MAX} bytes of answers wait to be read: send fewer lines, or read while you send`,
  });
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
