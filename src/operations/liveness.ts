import type { FastifyInstance } from 'fastify';
import type { PathItem } from '../http/docs/document-parts.js';

const PATH = '/health/live';
const ALIVE = { status: 'ok' };

/**
 * `GET /health/live`: the process answers. Without I/O, since a lost database is no reason to restart the app, and
 * without Nest: no route is called more often, and guards and pipes cost more than the response.
 */
export function serveLiveness(fastify: FastifyInstance): void {
  fastify.get(PATH, () => ALIVE);
}

/** Its documentation. */
export const LIVENESS_PATHS: Record<string, PathItem> = {
  [PATH]: {
    get: {
      tags: ['Operations'],
      operationId: 'showLiveness',
      summary: 'Check that the process answers',
      description:
        'Answers 200 as long as the process runs, whatever the state of the database: a failure means that the process ' +
        'has to be restarted.\n\nRequires no credentials.',
      security: [],
      responses: {
        200: {
          description: 'Success.',
          content: {
            'application/json': {
              schema: {
                title: 'LivenessView',
                type: 'object',
                required: ['status'],
                properties: { status: { type: 'string', enum: ['ok'] } },
              },
              example: ALIVE,
            },
          },
        },
      },
    },
  },
};
