import { DomainError } from '../../common/domain-error.js';
import type { FieldError } from '../../common/field-error.js';

export type InputKind = 'field' | 'query parameter';

const NAME_MAX = 100;

/** A field's name or path as it may be repeated in an answer. */
export function shownName(sent: string): string {
  return sent.slice(0, NAME_MAX).toWellFormed();
}

export function unknownInput(sent: string, kind: InputKind = 'field'): FieldError {
  const field = shownName(sent);
  const code = kind === 'field' ? 'unknown_field' : 'unknown_parameter';
  return { field, code, message: `${field} is not a known ${kind}` };
}

/** @throws DomainError `invalid_request` when the input is not empty, naming its first entry */
export function refuseAny(input: unknown, kind: InputKind): void {
  const [first] = Object.keys(input ?? {});
  if (first !== undefined) throw new DomainError('invalid_request', { fields: [unknownInput(first, kind)] });
}
