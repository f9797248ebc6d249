import type { ErrorCode } from './error-codes.js';

/**
 * What can be wrong with a field of the input. The list is closed, and its words do not change: a client has a sentence
 * of its own for each.
 */
export const FIELD_ERROR_CODES = [
  // any field
  'required',
  'unknown_field',
  'unknown_parameter',
  'type',
  'format',
  'not_allowed',
  'conflict',
  'incomplete',
  'taken',
  // strings, lists and numbers
  'too_short',
  'too_long',
  'too_small',
  'too_large',
  'duplicate',
  'invalid_characters',
  'check_digit',
  'in_past',
  // new passwords
  'missing_characters',
  'too_common',
  'too_simple',
  'same_as_email',
  // the rest of a long list of errors
  'more',
] as const;

export type FieldErrorCode = (typeof FIELD_ERROR_CODES)[number];

/** What is wrong with a value, for programs. The numbers and words are those of the rule, never the caller's. */
export interface FieldProblem {
  readonly code: FieldErrorCode;
  /** The minimum length or value. */
  readonly min?: number;
  /** The maximum length or value. */
  readonly max?: number;
  /** With `not_allowed`: the values that are. */
  readonly allowed?: readonly string[];
  /** With `conflict` and `incomplete`: the other field. */
  readonly other?: string;
  /** With `more`: how many. */
  readonly count?: number;
}

/** One thing wrong with one field of the input. `field` is a path such as `scopes` or `songs.0.title`. */
export interface FieldError extends FieldProblem {
  readonly field: string;
  /** For developers. Begins with the name of the field. */
  readonly message: string;
  /** For the person who fills in a form, without the name of the field. Absent: the field is in no form. */
  readonly hint?: string;
}

/** The field that each conflict is about. */
const TAKEN_FIELDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  email_taken: 'email',
  username_taken: 'username',
  isrc_taken: 'isrc',
  identifier_taken: 'identifiers',
};

/** The field whose value is taken; none where the error is another one. */
export function takenFields(code: ErrorCode, message: string): readonly FieldError[] {
  const field = TAKEN_FIELDS[code];
  return field === undefined ? [] : [{ field, code: 'taken', message }];
}
