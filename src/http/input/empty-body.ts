import type { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';

/**
 * Reads a body that no parser takes. An empty one is no body, whatever its label says; its length may be known only at
 * its end (`Transfer-Encoding: chunked`). Calls back with `unsupported_media_type` at the first byte.
 */
export function refuseUnlessEmpty(payload: Readable, done: (error: Error | null, body?: undefined) => void): void {
  payload.once('data', () => done(new DomainError('unsupported_media_type')));
  payload.once('end', () => done(null, undefined));
  payload.once('error', done);
}
