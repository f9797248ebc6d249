import { API } from './contracts/api/api.contract.js';
import { API_V1 } from './contracts/api-v1/api-v1.contract.js';
import type { Contract } from './http/output/contract.js';
import { FEED } from './contracts/feed/feed.contract.js';
import { V1 } from './contracts/v1/v1.contract.js';

/** All contracts. A more specific prefix comes before the one that contains it. */
export const CONTRACTS: readonly Contract[] = [API_V1, API, V1, FEED];

/** Its error format is used for every other path: `/health`, `/docs`, and those without a route. */
export const FALLBACK_CONTRACT: Contract = API;
