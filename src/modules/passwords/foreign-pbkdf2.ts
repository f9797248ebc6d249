import { pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import {
  atMost,
  base64Bytes,
  checkedHash,
  checkedSalt,
  fieldsOf,
  hashBytes,
  parameters,
  saltBytes,
  type SlowHash,
  UnusableHash,
  wholeNumber,
} from './foreign-fields.js';

const ROUNDS_MAX = 2_000_000;

const derive = promisify(pbkdf2);

interface Pbkdf2 {
  readonly digest: string;
  readonly rounds: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** `$pbkdf2-sha256$i=100000,l=32$salt$hash` (RFC 8018, section 5.2); `l` may be left out. @throws UnusableHash */
export function parsePbkdf2(text: string): SlowHash {
  const [, scheme = '', costs = '', saltText = '', hashText = ''] = fieldsOf(text, 5);
  const digest = digestNamed(scheme.slice('pbkdf2-'.length));
  const [salt, hash] = [saltBytes(saltText), hashBytes(hashText)];
  const rounds = costs.includes('l=') ? roundsForLength(costs, hash.length) : parameters(costs, ['i']).i;
  return slowHash(text, { digest, rounds, salt, hash });
}

function roundsForLength(costs: string, length: number): number {
  const { i, l } = parameters(costs, ['i', 'l']);
  if (l !== length) throw new UnusableHash('The hash is not as long as its parameter says');
  return i;
}

/** Django's `pbkdf2_sha256$390000$salt$hash`, whose salt is text. @throws UnusableHash */
export function parseDjangoPbkdf2(text: string): SlowHash {
  const [scheme = '', roundsText = '', saltText = '', hashText = ''] = fieldsOf(text, 4);
  const digest = digestNamed(scheme.slice('pbkdf2_'.length));
  const rounds = wholeNumber(roundsText, 'number of PBKDF2 rounds');
  return slowHash(text, { digest, rounds, salt: checkedSalt(Buffer.from(saltText)), hash: hashBytes(hashText) });
}

const IDENTITY_DIGESTS: readonly (string | undefined)[] = ['sha1', 'sha256', 'sha512'];
const IDENTITY_HEADER_BYTES = 13;

/**
 * ASP.NET Core Identity, version 3, in base64: a byte 1; pseudo-random function, rounds and length of the salt as
 * big-endian numbers of four bytes; salt; hash.
 * @throws UnusableHash
 */
export function parseAspNetIdentity(text: string): SlowHash {
  const bytes = base64Bytes(text, 'hash');
  if (bytes[0] !== 1 || bytes.length < IDENTITY_HEADER_BYTES) {
    throw new UnusableHash('The ASP.NET Identity hash is not of version 3');
  }
  const digest = IDENTITY_DIGESTS[bytes.readUInt32BE(1)];
  const rounds = bytes.readUInt32BE(5);
  const hashAt = IDENTITY_HEADER_BYTES + bytes.readUInt32BE(9);
  if (digest === undefined || rounds < 1) throw new UnusableHash('The ASP.NET Identity hash is malformed');
  const salt = checkedSalt(bytes.subarray(IDENTITY_HEADER_BYTES, hashAt));
  return slowHash(text, { digest, rounds, salt, hash: checkedHash(bytes.subarray(hashAt)) });
}

function digestNamed(name: string): string {
  if (!/^sha(?:1|256|512)$/.test(name)) throw new UnusableHash('PBKDF2 is supported with SHA-1, SHA-256 and SHA-512');
  return name;
}

function slowHash(stored: string, { digest, rounds, salt, hash }: Pbkdf2): SlowHash {
  atMost(rounds, ROUNDS_MAX, 'number of PBKDF2 rounds');
  return {
    stored,
    matches: async (password) => timingSafeEqual(await derive(password, salt, rounds, hash.length, digest), hash),
  };
}
