import { InitialSchema1764000000000 } from './1764000000000-initial-schema.js';

/** In the order in which they run. A release only adds to the end. */
export const MIGRATIONS = [InitialSchema1764000000000] as const;
