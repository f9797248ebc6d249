import { isUtf8 } from 'node:buffer';
import { parse as parseSafely } from 'secure-json-parse';
import { DomainError } from '../../common/domain-error.js';
import { DEPTH_MAX } from '../../common/limits.js';

/** Parses a JSON body. An empty one counts as absent. Throws what {@link parseJsonObject} throws. */
export function parseJsonBody(bytes: Buffer): object | undefined {
  return bytes.length === 0 ? undefined : parseJsonObject(bytes, 'body');
}

/**
 * Parses a JSON object; `what` names it in the message of an error. Its depth is measured on the bytes, before anything
 * walks the value, since deep nesting overflows the stack of recursive code.
 * @throws DomainError `malformed_json`; `invalid_request` for too deep a value and for anything but an object
 */
export function parseJsonObject(bytes: Buffer, what: string): object {
  if (!isUtf8(bytes)) throw new DomainError('malformed_json', { message: `The ${what} is not valid UTF-8` });
  if (depthExceeds(bytes, DEPTH_MAX)) {
    throw new DomainError('invalid_request', { message: `The ${what} is nested deeper than ${DEPTH_MAX} levels` });
  }
  const text = bytes.toString('utf8');
  const value = parse(text, what);
  if (value === null && text.trim() !== 'null') {
    throw new DomainError('invalid_request', { message: '__proto__ is not a known field' });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DomainError('invalid_request', { message: `The ${what} must be a JSON object` });
  }
  return value;
}

/** Null where an object has an own `__proto__`, which becomes its prototype when it is copied carelessly. */
function parse(text: string, what: string): unknown {
  try {
    // The parser would skip a byte order mark, which JSON does not allow (RFC 8259, section 8.1).
    if (text.startsWith('\ufeff')) throw new SyntaxError('byte order mark');
    return parseSafely(text, { protoAction: 'error', constructorAction: 'ignore', safe: true });
  } catch {
    // Without the cause, whose message quotes the body.
    throw new DomainError('malformed_json', { message: `The ${what} is not valid JSON` });
  }
}

function depthExceeds(bytes: Buffer, max: number): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > max) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
