import { API } from './contracts/api/api.module.js';
import type { Contract } from './contracts/contract.js';

/** Every contract that is served. A more specific path stands before the one it lies under. */
export const CONTRACTS: readonly Contract[] = [API];

/** Whose dialect every other path fails in: `/health`, `/docs`, unknown ones. */
export const FALLBACK_CONTRACT: Contract = API;
