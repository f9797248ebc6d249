import type { FastifyCorsOptions } from '@fastify/cors';

/** Headers that a script may read beyond those that CORS always allows. */
const EXPOSED_HEADERS = [
  ...['etag', 'retry-after', 'www-authenticate', 'x-request-id'],
  ...['ratelimit-policy', 'ratelimit'],
];

/** Headers that a script may send; the last four are those of tracing (W3C Trace Context, W3C Baggage, Sentry). */
const ALLOWED_HEADERS = [
  ...['authorization', 'content-type', 'x-api-key', 'x-request-id', 'if-match', 'if-none-match'],
  ...['traceparent', 'tracestate', 'baggage', 'sentry-trace'],
];

export function corsOptions(origins: readonly string[]): FastifyCorsOptions {
  return {
    origin: origins.map((origin) => (isWildcard(origin) ? patternOf(origin) : origin)),
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: 600,
    // It would refuse OPTIONS requests that are no preflight in a shape of its own.
    strictPreflight: false,
  };
}

/** The same headers for a response that no hook sees, so that a page of one of the `origins` can read it. */
export function corsHeaders(origins: readonly string[], origin: string | undefined): Record<string, string> {
  if (origins.length === 0) return {};
  if (origin === undefined || !allowsOrigin(origins, origin)) return { vary: 'Origin' };
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
  };
}

/** Whether pages of this origin may read the answers. */
export function allowsOrigin(origins: readonly string[], origin: string): boolean {
  return origins.some((allowed) => (isWildcard(allowed) ? patternOf(allowed).test(origin) : allowed === origin));
}

/** Such as `https://*.example.com`: every subdomain, at any depth, but not `https://example.com`. */
function isWildcard(origin: string): boolean {
  return origin.includes('://*.');
}

function patternOf(wildcard: string): RegExp {
  const [scheme = '', rest = ''] = wildcard.split('*', 2).map((part) => part.replace(/[.+[\]]/g, '\\$&'));
  return new RegExp(`^${scheme}(?:[a-z0-9_-]+\\.)*[a-z0-9_-]+${rest}$`);
}
