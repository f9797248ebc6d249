import { createCipheriv, scrypt, timingSafeEqual } from 'node:crypto';
import {
  atMost,
  base64Bytes,
  fieldsOf,
  hashBytes,
  parameters,
  saltBytes,
  type SlowHash,
  UnusableHash,
} from './foreign-fields.js';

const COST_LOG_MAX = 17;
const COST_MAX = 2 ** COST_LOG_MAX;
const BLOCK_SIZE_MAX = 8;
const PARALLELISM_MAX = 4;
/** Node counts a little more than the 128 × N × r bytes of RFC 7914, section 2. */
const MEMORY_MAX = 2 * 128 * COST_MAX * BLOCK_SIZE_MAX;

interface ScryptCost {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallelization: number;
}

/** `$scrypt$ln=15,r=8,p=1$salt$hash` (RFC 7914). @throws UnusableHash */
export function parseScrypt(text: string): SlowHash {
  const [, , costs = '', saltText = '', hashText = ''] = fieldsOf(text, 5);
  const cost = parseCost(costs);
  const [salt, hash] = [saltBytes(saltText), hashBytes(hashText)];
  return {
    stored: text,
    matches: async (password) => timingSafeEqual(await scryptKey(password, salt, hash.length, cost), hash),
  };
}

/**
 * `$firescrypt$ln=14,r=8,p=1$salt$hash$separator$signerKey`: Firebase's own scheme. The key that scrypt derives from
 * the password, the salt and the separator encrypts the project's signer key (AES-256-CTR from a counter of 0), and
 * that is the hash.
 * @throws UnusableHash
 */
export function parseFirebaseScrypt(text: string): SlowHash {
  const [, , costs = '', saltText = '', hashText = '', separator = '', signerKeyText = ''] = fieldsOf(text, 7);
  const cost = parseCost(costs);
  const hash = hashBytes(hashText);
  const salt = Buffer.concat([saltBytes(saltText), saltBytes(separator, 0)]);
  const signerKey = base64Bytes(signerKeyText, 'signer key');
  if (signerKey.length !== hash.length) throw new UnusableHash('The signer key is not as long as the hash');
  return {
    stored: text,
    matches: async (password) => {
      const key = await scryptKey(password, salt, 32, cost);
      const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
      return timingSafeEqual(cipher.update(signerKey), hash);
    },
  };
}

/** `ln` is the binary logarithm of the cost up to 17, above that the cost itself, as some exports write it. */
function parseCost(text: string): ScryptCost {
  const { ln, r, p } = parameters(text, ['ln', 'r', 'p']);
  const cost = ln <= COST_LOG_MAX ? 2 ** ln : ln;
  atMost(cost, COST_MAX, 'scrypt cost');
  atMost(r, BLOCK_SIZE_MAX, 'scrypt block size');
  atMost(p, PARALLELISM_MAX, 'scrypt parallelization');
  if (!Number.isInteger(Math.log2(cost))) throw new UnusableHash('The scrypt cost is not a power of two');
  // RFC 7914, section 2.
  if (Math.log2(cost) >= 16 * r) throw new UnusableHash('The scrypt cost is too high for its block size');
  return { cost, blockSize: r, parallelization: p };
}

function scryptKey(password: string, salt: Buffer, length: number, cost: ScryptCost): Promise<Buffer> {
  return new Promise((resolve, reject) =>
    scrypt(password, salt, length, { ...cost, maxmem: MEMORY_MAX }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}
