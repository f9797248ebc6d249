import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { URL_LIMIT } from '../../common/limits.js';
import { isPercentEncoded } from '../input/percent-encoding.js';

/**
 * Refuses malformed requests before they reach a route. To be called after CORS is set up, so that the page of an
 * allowed origin can read the error.
 */
export function refuseMalformed(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', ({ raw }, _reply, done) => done(errorOf(raw)));
}

function errorOf({ url = '', httpVersion, headers, rawHeaders }: IncomingMessage): DomainError | undefined {
  if (url.length > URL_LIMIT) return new DomainError('uri_too_long');
  // The router has decoded the path; the query parser would replace what it cannot decode.
  if (!isPercentEncoded(url)) return malformed('The URL is not valid UTF-8');
  // RFC 9112, section 3.2. Node keeps the first of two; a proxy may have used the other.
  const hosts = countHosts(rawHeaders);
  if (hosts > 1) return malformed('The request has more than one Host header');
  if (hosts < 1 && httpVersion === '1.1') return malformed('The Host header is missing');
  // RFC 9110, section 10.1.1.
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    return malformed('The Expect header must be 100-continue');
  }
  return undefined;
}

function malformed(message: string): DomainError {
  return new DomainError('malformed_request', { message });
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count;
}
