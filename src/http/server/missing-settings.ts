import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Config } from '../../config/config.js';
import { allowsOrigin } from './cors.js';

/** Origins that are logged in an hour: enough to find a missing setting, and no flood. */
const ORIGINS_PER_HOUR = 20;
const HOUR_MS = 3_600_000;
const ORIGIN_MAX = 200;

/**
 * Logs requests that suggest a missing setting, each once: a proxy that is not trusted, so that all its clients share
 * one address and its limits, and a page whose origin may not read the answers.
 */
export function logMissingSettings(
  fastify: FastifyInstance,
  { trustProxy, corsOrigins }: Pick<Config, 'trustProxy' | 'corsOrigins'>,
): void {
  const logger = new Logger('Settings');
  const loggedOrigins = new LRUCache<string, true>({ max: ORIGINS_PER_HOUR, ttl: HOUR_MS, ttlAutopurge: true });
  let isProxyLogged = trustProxy !== false;
  fastify.addHook('onRequest', (request, _reply, done) => {
    const { headers } = request;
    if (!isProxyLogged && headers['x-forwarded-for'] !== undefined) {
      isProxyLogged = true;
      logger.warn(
        `A request from ${request.ip} has an X-Forwarded-For header, but TRUST_PROXY is not set: all clients of that proxy ` +
          'share one address and its rate limits. Set TRUST_PROXY to the address of your proxy',
      );
    }
    const { origin } = headers;
    // Beyond the bound nothing is forgotten early, so that a flood of origins logs no more lines.
    if (origin !== undefined && loggedOrigins.size < ORIGINS_PER_HOUR && !loggedOrigins.has(origin)) {
      if (!isOwn(origin, request.host) && !allowsOrigin(corsOrigins, origin)) {
        loggedOrigins.set(origin, true);
        logger.warn({
          msg: 'A page of an origin that is not in CORS_ORIGINS called the API and cannot read the answer',
          origin: origin.slice(0, ORIGIN_MAX),
        });
      }
    }
    done();
  });
}

/**
 * Whether the page is this server's own, such as the documentation: browsers name the origin of their POST requests too.
 */
function isOwn(origin: string, host: string): boolean {
  return origin === `https://${host}` || origin === `http://${host}`;
}
