import { API } from './contracts/api/api.module.js';
import { API_V1 } from './contracts/api-v1/api-v1.module.js';
import type { Contract } from './contracts/contract.js';
import { FEED } from './contracts/feed/feed.module.js';
import { V1 } from './contracts/v1/v1.module.js';

/** Every contract that is served. A more specific path stands before the one it lies under. */
export const CONTRACTS: readonly Contract[] = [API_V1, API, V1, FEED];

/** Whose dialect every other path fails in: `/health`, `/docs`, unknown ones. */
export const FALLBACK_CONTRACT: Contract = API;
