import { isUtf8 } from 'node:buffer';
import { DomainError } from '../../common/domain-error.js';

/** Bytes: 100 KB. */
export const BODY_LIMIT = 102_400;
/** Levels of objects and arrays. */
export const DEPTH_MAX = 32;

/**
 * Reads a JSON body. An empty one is no body. Depth is measured on the bytes, before anything walks the value:
 * recursive readers die of a deeply nested one.
 * @throws DomainError `malformed_json`; `invalid_request` for too deep a body and for anything but an object
 */
export function parseJsonBody(bytes: Buffer): object | undefined {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw malformed('The body is not valid UTF-8');
  if (depthExceeds(bytes, DEPTH_MAX)) {
    throw new DomainError('invalid_request', `The body is nested deeper than ${DEPTH_MAX} levels`);
  }
  const value = parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DomainError('invalid_request', 'The body must be a JSON object');
  }
  return value;
}

/** How `__proto__` can be written: as it is, or with any of its letters escaped. */
const MAY_NAME_PROTO = /__proto__|\\u/;

function parse(text: string): unknown {
  try {
    return MAY_NAME_PROTO.test(text) ? JSON.parse(text, refuseProto) : JSON.parse(text);
  } catch (error) {
    throw error instanceof DomainError ? error : malformed('The body is not valid JSON');
  }
}

/** An own property of this name becomes a prototype when a careless reader copies it. */
function refuseProto(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new DomainError('invalid_request', '__proto__ is not a known field');
  return value;
}

function depthExceeds(bytes: Buffer, max: number): boolean {
  let depth = 0;
  let inText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inText) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > max) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

function malformed(message: string): DomainError {
  return new DomainError('malformed_json', message);
}
