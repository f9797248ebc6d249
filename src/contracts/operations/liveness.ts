import type { FastifyInstance } from 'fastify';
import { refuseAny } from '../edge/no-unknown-input.guard.js';

const ALIVE = { status: 'ok' };

/**
 * `GET /health/live`: the process answers. No I/O: a lost database is no reason to restart the app. A route of the server
 * itself, without Nest: it is asked more often than anything else, and guards and pipes cost more than the answer.
 */
export function serveLiveness(fastify: FastifyInstance): void {
  fastify.get('/health/live', ({ query }) => {
    refuseAny(query, 'query parameter');
    return ALIVE;
  });
}
