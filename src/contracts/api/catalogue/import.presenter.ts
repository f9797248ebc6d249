import type { ImportOutcome, ImportResult, SongCounts } from '../../../modules/catalogue/imported-artist.js';
import { type ApiFieldError, presentFieldErrors } from '../api.errors.js';

/** The answer to a line of an import. */
export interface ImportLineView {
  /** From 1; blank lines do not count. */
  readonly line: number;
  readonly result: ImportResult;
  readonly id?: string;
  /** How many of the songs of the line were created, updated and unchanged. */
  readonly songs?: SongCounts;
  /** Why the line was refused. */
  readonly code?: string;
  readonly message?: string;
  /** The fields that are concerned, as in every error of `/api`. */
  readonly errors?: readonly ApiFieldError[];
}

export function presentOutcome(line: number, outcome: ImportOutcome): ImportLineView {
  if (outcome.result !== 'refused') return { line, ...outcome };
  const { code, message, fields } = outcome.error;
  return { line, result: 'refused', code, message, ...presentFieldErrors(fields) };
}
