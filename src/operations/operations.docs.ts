import type { RoutesBeside } from '../http/docs/open-api-document.js';
import { LIVENESS_PATHS } from './liveness.js';
import { OperationsModule } from './operations.module.js';

/** The routes for verifiers of tokens and for load balancers, in the documentation. */
export const OPERATIONS_DOCS: RoutesBeside = {
  tags: { Operations: 'The keys that verify access tokens, and health checks.' },
  modules: [OperationsModule],
  paths: LIVENESS_PATHS,
};
