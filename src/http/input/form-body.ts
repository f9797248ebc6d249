import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../common/domain-error.js';
import { isPercentEncoded } from './percent-encoding.js';

/**
 * Parses a form. A field that is sent twice becomes a list, which no field accepts.
 * @throws DomainError `malformed_request` for anything but UTF-8, which a lenient parser would replace
 */
export function parseFormBody(bytes: Buffer): Record<string, string | string[]> {
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || !isPercentEncoded(text)) {
    throw new DomainError('malformed_request', { message: 'The form is not valid UTF-8' });
  }
  // In one pass: `getAll` for each name would take quadratic time.
  const form = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const before = form.get(name);
    if (Array.isArray(before)) before.push(value);
    else form.set(name, before === undefined ? value : [before, value]);
  }
  return Object.fromEntries(form);
}
