import type { ApiError } from 'stagedoor-client';

/** Codes that concern one field, although the server lists none. */
const FIELD_OF_CODE: Record<string, string> = {
  invalid_code: 'code',
  second_factor_required: 'code',
};

/** The messages of an error by form field; under `''` those that concern no field of the form. */
export function messagesByField(error: ApiError, fields: readonly string[]): Map<string, string> {
  const refused =
    error.errors.length > 0
      ? error.errors
      : error.messages.map((message) => ({ field: FIELD_OF_CODE[error.code] ?? '', message }));
  const found = new Map<string, string>();
  for (const { field, message } of refused) {
    const shownAt = fields.includes(field) ? field : '';
    found.set(shownAt, [found.get(shownAt), message].filter(Boolean).join(' '));
  }
  return found;
}
