import { isCalendarDate } from '../../../common/calendar-date.js';
import { trimSpace } from '../../../common/text.js';
import { accepts, acceptsString, Field, onString, type Presence } from './field.js';
import { ofFormat } from './refusal.js';

interface DateOptions extends Presence {
  readonly description: string;
}

/** RFC 3339, section 5.6, with an upper-case `T` and `Z` and without leap seconds. */
const INSTANT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A date and time with its offset from UTC; reaches the handler as a `Date`. */
export function InstantField({ description, ...presence }: DateOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(parseInstant),
    rule: accepts((value) => value instanceof Date && hasFourDigitYear(value)),
    message: 'must be a date and time such as 2030-01-31T12:00:00Z',
    hint: 'Enter a date and time, such as 2030-01-31T12:00:00Z',
    diagnose: (value, object) => (value instanceof Date ? { code: 'format' } : ofFormat(value, object)),
    docs: { type: String, format: 'date-time', description, example: '2030-01-31T12:00:00.000Z' },
  });
}

/** What is not an instant stays a string. */
function parseInstant(value: string): unknown {
  const text = trimSpace(value);
  return INSTANT.test(text) && isCalendarDate(text.slice(0, 10)) ? new Date(text) : value;
}

/** Whether it can be written again in this format: an offset may move the last day of the year 9999 beyond it. */
function hasFourDigitYear(instant: Date): boolean {
  const year = instant.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** A calendar date, `YYYY-MM-DD`. */
export function DateField({ description, ...presence }: DateOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: acceptsString(isCalendarDate),
    message: 'must be a calendar date such as 2024-02-29',
    hint: 'Enter a date, such as 2024-02-29',
    diagnose: ofFormat,
    docs: { type: String, format: 'date', description, example: '2024-02-29' },
  });
}

const PARTIAL_DATE = /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/;

/** A calendar date that may leave out the day, or month and day. It is kept as precise as it was given. */
export function PartialDateField({ description, ...presence }: DateOptions): PropertyDecorator {
  return Field({
    ...presence,
    normalize: onString(trimSpace),
    rule: acceptsString(
      (text) => PARTIAL_DATE.test(text) && isCalendarDate(`${text}${'-01-01'.slice(text.length - 4)}`),
    ),
    message: 'must be a year, a month or a day, such as 2024, 2024-02 or 2024-02-29',
    hint: 'Enter a year, a month or a day, such as 2024, 2024-02 or 2024-02-29',
    diagnose: ofFormat,
    docs: { type: String, pattern: PARTIAL_DATE.source, description, example: '2024-02-29' },
  });
}
