import { HASH_COST_MAX } from '../../config/hash-cost.js';
import { argon2 } from './argon2.js';
import {
  atMost,
  fieldsOf,
  hashBytes,
  parameters,
  saltBytes,
  type SlowHash,
  unpadded,
  UnusableHash,
} from './foreign-fields.js';

const LANES_MAX = 16;
/** RFC 9106, section 3.1. */
const SALT_MIN = 8;

export interface Argon2Hash extends SlowHash {
  /** Of a password, or of the digest of one. */
  matches(secret: string | Buffer): Promise<boolean>;
}

/**
 * `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` (PHC string format), and argon2i and argon2d. Without a version it is 16.
 * @throws UnusableHash
 */
export function parseArgon2(text: string): Argon2Hash {
  const withVersion = text.replace(/^(\$argon2(?:id|i|d))\$m=/, '$1$v=16$m=');
  const [, variant, version = '', costs = '', salt = '', hash = ''] = fieldsOf(withVersion, 6);
  if (version !== 'v=19' && version !== 'v=16') throw new UnusableHash('The argon2 version must be 19 or 16');
  const { m, t, p } = parameters(costs, ['m', 't', 'p']);
  atMost(m, HASH_COST_MAX.memoryKib, 'argon2 memory in KiB');
  atMost(t, HASH_COST_MAX.passes, 'number of argon2 passes');
  atMost(p, LANES_MAX, 'number of argon2 lanes');
  // RFC 9106, section 3.1: at least 8 KiB a lane.
  if (m < 8 * p) throw new UnusableHash('The argon2 memory is below 8 KiB a lane');
  const [saltText, hashText] = [unpadded(saltBytes(salt, SALT_MIN)), unpadded(hashBytes(hash))];
  const stored = `$${variant}$${version}$${costs}$${saltText}$${hashText}`;
  return { stored, matches: (secret) => argon2.verify(stored, secret) };
}
