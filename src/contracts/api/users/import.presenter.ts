import type { ImportOutcome } from '../../../modules/accounts/running-import.js';
import { type ApiFieldError, presentFieldErrors } from '../api.errors.js';

/** The answer to a line of an import. */
export interface ImportLineView {
  /** From 1; blank lines do not count. */
  readonly line: number;
  readonly result: ImportOutcome['result'];
  readonly id?: string;
  /** Whether `probePassword` matches the hash. */
  readonly verified?: boolean;
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
