import type { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';

/**
 * Reads a body that no parser takes. An empty one is no body, whatever its label says; its length may be known only at
 * its end (`Transfer-Encoding: chunked`).
 * @throws DomainError `unsupported_media_type` at the first byte
 */
export function refuseUnlessEmpty(payload: Readable): Promise<undefined> {
  return new Promise((resolve, reject) => {
    payload.once('data', () => reject(new DomainError('unsupported_media_type')));
    payload.once('end', () => resolve(undefined));
    payload.once('error', reject);
  });
}
