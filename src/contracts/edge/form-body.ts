import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../common/domain-error.js';
import { isPercentEncoded } from './percent-encoding.js';

/**
 * Reads a form. A field that is given twice becomes a list, which no field of a form takes.
 * @throws DomainError `malformed_request` for anything but UTF-8, which a lenient reader would replace
 */
export function parseFormBody(bytes: Buffer): Record<string, string | string[]> {
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || !isPercentEncoded(text)) {
    throw new DomainError('malformed_request', 'The form is not valid UTF-8');
  }
  const form = new URLSearchParams(text);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}
