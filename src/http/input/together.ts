import { type DomainError, invalidField } from '../../common/domain-error.js';

/** An `invalid_request`: two fields or query parameters exclude each other. */
export function notTogether(field: string, other: string): DomainError {
  return invalidField({ field, code: 'conflict', other, message: `${field} cannot be used together with ${other}` });
}

/** An `invalid_request`: a field or query parameter means nothing without another. */
export function needsOther(field: string, other: string): DomainError {
  return invalidField({ field, code: 'incomplete', other, message: `${field} needs ${other}` });
}
