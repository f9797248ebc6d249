import type { FieldError, FieldProblem } from '../../../common/field-error.js';
import { codePointCount, hasDirectionControl, isCleanText } from '../../../common/text.js';

/** What is wrong with a refused value, and what to say about it where the field's own words are too general. */
export interface Refusal extends FieldProblem {
  /** After the field's name: "must be …". */
  readonly message?: string;
  readonly hint?: string;
}

/** Finds out what is wrong with a value that a rule has refused. `object` is the one that has the field. */
export type Diagnosis = (value: unknown, object: object) => Refusal;

/** The words of a field about a value that it refuses. */
export interface FieldRefusal {
  readonly message: string;
  readonly hint?: string | ((noun: string) => string) | undefined;
  readonly diagnose: Diagnosis;
  readonly isOptional: boolean;
}

/** The error about a refused value. */
export function refusalOf(field: string, value: unknown, object: object, words: FieldRefusal): FieldError {
  const { message, hint, ...problem } =
    isMissing(value) && !words.isOptional ? REQUIRED : words.diagnose(value, object);
  const shownHint = hint ?? (typeof words.hint === 'function' ? words.hint(nounOf(field)) : words.hint);
  return {
    ...problem,
    field,
    message: `${field} ${message ?? words.message}`,
    ...(shownHint !== undefined && { hint: shownHint }),
  };
}

const REQUIRED: Refusal = { code: 'required' };
const WRONG_TYPE: Refusal = { code: 'type' };

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** "a first name" of `firstName`, "an alias" of `people.0.alias`. */
function nounOf(path: string): string {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const words = name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return `${/^[aeio]/.test(words) ? 'an' : 'a'} ${words}`;
}

interface Bounds {
  readonly min?: number;
  readonly max: number;
}

/** Of any value with this problem, whatever it is. */
export function always(problem: Refusal): Diagnosis {
  return () => problem;
}

/** Of a string in code points: its type, its length, else `otherwise`. */
export function ofString({ min = 0, max }: Bounds, otherwise: Refusal = { code: 'format' }): Diagnosis {
  return (value) => {
    if (typeof value !== 'string') return WRONG_TYPE;
    return lengthProblem(codePointCount(value), { min, max }) ?? otherwise;
  };
}

/** Of a string with a format, which determines its length. */
export const ofFormat: Diagnosis = (value) => (typeof value === 'string' ? { code: 'format' } : WRONG_TYPE);

const INVALID_CHARACTERS: Refusal = { code: 'invalid_characters' };

/** Of text that people read: its type, its length, or what it is made of. */
export function ofText({ min = 1, max }: Bounds): Diagnosis {
  return (value) => {
    if (typeof value !== 'string') return WRONG_TYPE;
    if (!isCleanText(value) || hasDirectionControl(value)) {
      return { ...INVALID_CHARACTERS, hint: 'Remove the control characters' };
    }
    return lengthProblem(codePointCount(value), { min, max }) ?? INVALID_CHARACTERS;
  };
}

/** Of a list: its type, its length, else `otherwise`. */
export function ofList({ min = 0, max }: Bounds, otherwise: (list: readonly unknown[]) => Refusal): Diagnosis {
  return (value) => {
    if (!Array.isArray(value)) return WRONG_TYPE;
    return lengthProblem(value.length, { min, max }) ?? otherwise(value);
  };
}

function lengthProblem(length: number, { min = 0, max }: Bounds): Refusal | undefined {
  if (length < min) return { code: 'too_short', min };
  if (length > max) return { code: 'too_long', max };
  return undefined;
}

/** Of a whole number: its type or its size. */
export function ofInteger({ min, max }: Required<Bounds>): Diagnosis {
  return (value) => {
    if (!Number.isInteger(value)) return WRONG_TYPE;
    return (value as number) < min ? { code: 'too_small', min } : { code: 'too_large', max };
  };
}

/** Of one of a list of words. */
export function ofChoice(allowed: readonly string[]): Diagnosis {
  return (value) => (typeof value === 'string' ? { code: 'not_allowed', allowed } : WRONG_TYPE);
}

/** Of `true` or `false`. */
export const ofBoolean: Diagnosis = always(WRONG_TYPE);
