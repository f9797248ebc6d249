import type { FastifyRequest } from 'fastify';

const HOST = /^[a-z0-9.-]+(?::\d{1,5})?$|^\[[0-9a-f:.]+\](?::\d{1,5})?$/i;

/**
 * The URL of this server as the client reached it, without a slash at the end. A trusted proxy may report it
 * (`X-Forwarded-Host`, `X-Forwarded-Proto`). Undefined where the request does not say.
 */
export function baseUrlOf({ protocol, host }: Pick<FastifyRequest, 'protocol' | 'host'>): string | undefined {
  return HOST.test(host) && /^https?$/.test(protocol) ? `${protocol}://${host}` : undefined;
}
