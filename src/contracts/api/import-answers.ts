import type { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';
import type { NdjsonLine, NdjsonUpload } from '../../http/input/ndjson-upload.js';
import { answerNdjson } from '../../http/output/ndjson-answers.js';
import type { SongCounts } from '../../modules/catalogue/imported-artist.js';
import { type ApiFieldError, presentFieldErrors } from './api.errors.js';

/** What became of a line. */
interface LineResult {
  readonly result: 'created' | 'exists' | 'updated' | 'unchanged';
  readonly id?: string;
  /** Of a user: whether `probePassword` matches the hash. */
  readonly verified?: boolean;
  /** Of an artist: how many of the songs of the line were created, updated and unchanged. */
  readonly songs?: SongCounts;
}

/** Why a line was refused. */
interface LineRefusal {
  readonly result: 'refused';
  readonly code: string;
  readonly message: string;
  /** The fields that are concerned, as in every error of `/api`. */
  readonly errors?: readonly ApiFieldError[];
}

/** The answer to a line of an import. Lines are counted from 1, blank ones left out. */
type ImportLineView = { readonly line: number } & (LineResult | LineRefusal);

type Outcome = LineResult | { readonly result: 'refused'; readonly error: DomainError };

/** An import of the core, in progress. */
interface ImportInProgress<Row> {
  readonly batchMax: number;
  readonly batchBytesMax?: number;
  /** Returns an outcome for each row, in order. Throws the reason of `signal` once that is aborted. */
  apply(rows: readonly (Row | DomainError)[], signal: AbortSignal): Promise<readonly Outcome[]>;
  finish(): object;
  close(): void;
}

/**
 * Answers an import line by line while it runs. `read` makes a row of the JSON of a line; a DomainError that it throws
 * refuses the line.
 */
export function answerImport<Row>(
  upload: NdjsonUpload,
  running: ImportInProgress<Row>,
  read: (value: object) => Promise<Row>,
): Readable {
  const { batchMax, batchBytesMax } = running;
  return answerNdjson(upload, {
    batchMax,
    batchBytesMax,
    handle: async (lines, signal) => {
      const outcomes = await running.apply(await Promise.all(lines.map((line) => readLine(line, read))), signal);
      return lines.map(({ line }, i) => presentOutcome(line, outcomes[i] as Outcome));
    },
    finish: async () => running.finish(),
    close: () => running.close(),
  });
}

async function readLine<Row>(line: NdjsonLine, read: (value: object) => Promise<Row>): Promise<Row | DomainError> {
  if ('error' in line) return line.error;
  try {
    return await read(line.value);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}

function presentOutcome(line: number, outcome: Outcome): ImportLineView {
  if (outcome.result !== 'refused') return { line, ...outcome };
  const { code, message, fields } = outcome.error;
  return { line, result: 'refused', code, message, ...presentFieldErrors(fields) };
}
