import type { FastifyCorsOptions } from '@fastify/cors';

/** What a browser's script may read beside the few headers that it always may. */
const EXPOSED_HEADERS = ['retry-after', 'www-authenticate', 'x-request-id'];

export function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'x-api-key', 'x-request-id'],
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    // Its refusal of an OPTIONS request that is no preflight would be in nobody's dialect.
    strictPreflight: false,
  };
}

/** The same for an answer that no hook sees: what a page of the listed `origins` needs in order to read it. */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.length === 0) return {};
  if (origin === undefined || !origins.includes(origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
  };
}
