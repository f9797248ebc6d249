import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { clientIp } from '../common/ip-address.js';
import type { AuthenticatedRequest } from '../modules/auth/access/authenticated-request.js';

type Answered = FastifyRequest & Pick<AuthenticatedRequest, 'principal'>;

/**
 * Logs every response in one line, with `ACCESS_LOG`: method, route template, status, milliseconds, and whose request it
 * was. Never the URL, which may hold an id or an address, nor what was sent or answered.
 */
export function logAccess(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onResponse', (request: Answered, reply, done) => {
    const { id: requestId, method, principal } = request;
    logger.info(
      {
        requestId,
        method,
        route: request.routeOptions.url ?? 'unmatched',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
        ip: clientIp(request.ip, request.socket.remoteAddress),
        ...(principal && { userId: principal.userId }),
        ...(principal?.keyId !== undefined && { keyId: principal.keyId }),
      },
      'Request answered',
    );
    done();
  });
}
