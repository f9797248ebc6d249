import type { SettingsReader } from './settings-reader.js';

/** What one hash with argon2id costs, in its parameters (RFC 9106): memory in KiB, and passes over it. */
export interface HashCost {
  readonly memoryKib: number;
  readonly passes: number;
}

/** OWASP's minimum for argon2id with one lane: 19 MiB, two passes. */
export const HASH_COST_MIN: HashCost = { memoryKib: 19_456, passes: 2 };

/** The most that a hash may cost, new or imported; dearer ones are refused, since one takes seconds of a thread. */
export const HASH_COST_MAX: HashCost = { memoryKib: 262_144, passes: 10 };

export function readHashCost(read: SettingsReader): HashCost {
  return {
    memoryKib: read.integer(
      'HASH_MEMORY_KIB',
      HASH_COST_MIN.memoryKib,
      HASH_COST_MIN.memoryKib,
      HASH_COST_MAX.memoryKib,
    ),
    passes: read.integer('HASH_PASSES', HASH_COST_MIN.passes, HASH_COST_MIN.passes, HASH_COST_MAX.passes),
  };
}
