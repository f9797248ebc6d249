import type { FieldErrorCode } from '../../common/field-error.js';

/** What each code of a field error means, for the page of errors, with its parameters. Markdown. */
export const FIELD_ERROR_GUIDE: Readonly<Record<FieldErrorCode, string>> = {
  required: 'The field is missing, null or empty, and must not be.',
  unknown_field: 'The operation has no such field; the name may be misspelled.',
  unknown_parameter: 'The operation has no such query parameter; the name may be misspelled.',
  type: 'The value has another type, such as a number in place of a string.',
  format: 'The value has the right type, but not the form of an e-mail address, a date, an id and so on.',
  not_allowed: 'The value is not one of those that are allowed: `allowed`, where they can be listed.',
  conflict: 'The field cannot be used together with the field `other`.',
  incomplete: 'The field means nothing without the field `other`.',
  taken: 'Another account, artist or song has the value. It comes with 409.',
  too_short: 'The string has fewer than `min` characters, or the list fewer than `min` entries.',
  too_long: 'The string has more than `max` characters, or the list more than `max` entries.',
  too_small: 'The number is less than `min`.',
  too_large: 'The number is greater than `max`.',
  duplicate: 'The list has the same entry twice.',
  invalid_characters: 'The string has characters that are not accepted, or none that can be seen.',
  check_digit: 'An identifier has a wrong check digit: it was mistyped.',
  in_past: 'The time is not in the future.',
  missing_characters: 'The password lacks an uppercase letter, a lowercase letter, a number or a special character.',
  too_common: 'The password is one of the most common.',
  too_simple: 'The password is a few characters repeated, or a simple sequence.',
  same_as_email: 'The password is the e-mail address or the part before its @.',
  more: 'There are `count` further errors, which are not listed. `field` is empty.',
};
