import type { FastifyInstance } from 'fastify';
import { DomainError } from '../../common/domain-error.js';

/** Paths that operators block at a proxy, which compares them before they are decoded. */
const OFTEN_BLOCKED = /^\/(?:docs|metrics|openapi)(?:[-/]|$)/;

const ENCODED_PATH = /^[^?#]*%/;

/** Makes `/%6detrics` and the like 404: only the plain spelling of these paths is served. For routes added later. */
export function refuseEncodedPaths(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!OFTEN_BLOCKED.test(route.url)) return;
    route.preValidation = ({ url }, _reply, done) =>
      done(ENCODED_PATH.test(url) ? new DomainError('route_not_found') : undefined);
  });
}
