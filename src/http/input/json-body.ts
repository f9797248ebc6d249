import { isUtf8 } from 'node:buffer';
import { parse as parseSafely } from 'secure-json-parse';
import { DomainError } from '../../common/domain-error.js';
import { CONTAINERS_MAX, DEPTH_MAX } from '../../common/limits.js';

/** Parses a JSON body. An empty one counts as absent. Throws what {@link parseJsonObject} throws. */
export function parseJsonBody(bytes: Buffer): object | undefined {
  return bytes.length === 0 ? undefined : parseJsonObject(bytes, 'body', CONTAINERS_MAX);
}

/**
 * Parses a JSON object; `what` names it in the message of an error. Its depth is measured on the bytes, before anything
 * walks the value, since deep nesting overflows the stack of recursive code. So is the number of its objects and arrays,
 * which take most of the time of a walk.
 * @throws DomainError `malformed_json`; `invalid_request` for too deep a value, for more than `containersMax` objects and
 *   arrays in it, and for anything but an object
 */
export function parseJsonObject(bytes: Buffer, what: string, containersMax: number): object {
  if (!isUtf8(bytes)) throw new DomainError('malformed_json', { message: `The ${what} is not valid UTF-8` });
  const { depth, containers } = measure(bytes);
  if (depth > DEPTH_MAX) {
    throw new DomainError('invalid_request', { message: `The ${what} is nested deeper than ${DEPTH_MAX} levels` });
  }
  if (containers > containersMax) {
    const message = `The ${what} has more than ${containersMax} objects and lists`;
    throw new DomainError('invalid_request', { message });
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

/** How deep objects and arrays are nested, and how many there are. */
function measure(bytes: Buffer): { readonly depth: number; readonly containers: number } {
  let depth = 0;
  let open = 0;
  let containers = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      containers++;
      depth = Math.max(depth, ++open);
    } else if (byte === 0x7d || byte === 0x5d) open--;
  }
  return { depth, containers };
}
