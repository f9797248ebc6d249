import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type * as argon2Package from 'argon2';
import type { HashCost } from '../../config/hash-cost.js';
import { withPrebuiltBinaries } from '../../config/prebuilt-binaries.js';
import { COMPILED_FOLDER, missingSets } from './argon2-build.js';

type Argon2 = typeof argon2Package;

const require = createRequire(import.meta.url);
const missing = missingSets(dirname(require.resolve('argon2')));
const load = (): Argon2 => require('argon2') as Argon2;

/**
 * The argon2 package, with the binary that was compiled for this machine or its image where there is one. A processor
 * that lacks an instruction set of that binary gets the prebuilt one: it would kill the process at the first hash.
 */
export const argon2: Argon2 = missing.length > 0 ? withPrebuiltBinaries(load) : load();

/** The options of argon2id with one lane, at this cost. */
export function argon2id({ memoryKib, passes }: HashCost) {
  return { type: argon2.argon2id, memoryCost: memoryKib, timeCost: passes, parallelism: 1 } as const;
}

/** Which binary hashes passwords, for operators. */
export function argon2Build(): string {
  const file = Object.keys(require.cache).find((path) => path.endsWith('.node') && path.includes(`${sep}argon2${sep}`));
  if (file?.includes(COMPILED_FOLDER)) return 'compiled for this kind of processor';
  return missing.length > 0
    ? `prebuilt, since this processor lacks ${missing.join(', ')} of the compiled one`
    : 'prebuilt';
}
