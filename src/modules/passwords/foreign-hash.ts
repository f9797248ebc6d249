import { parseArgon2 } from './foreign-argon2.js';
import { parseBcrypt } from './foreign-bcrypt.js';
import { type FastHash, isWrapped, parseDigest, parseHexDigest, parseWrapped } from './foreign-digest.js';
import { type PasswordTest, type SlowHash, UnusableHash } from './foreign-fields.js';
import { parseAspNetIdentity, parseDjangoPbkdf2, parsePbkdf2 } from './foreign-pbkdf2.js';
import { parseFirebaseScrypt, parseScrypt } from './foreign-scrypt.js';

/** Characters. The longest, Firebase's, has some 300. */
const LENGTH_MAX = 1024;
/** Visible ASCII: nothing that a database would refuse, and the same text everywhere. */
const VISIBLE = /^[\x21-\x7e]+$/;

const FAMILIES: readonly (readonly [RegExp, (text: string) => SlowHash | FastHash])[] = [
  [/^\$2[abxy]\$/, parseBcrypt],
  [/^\$argon2(?:id|i|d)\$/, parseArgon2],
  [/^\$scrypt\$/, parseScrypt],
  [/^\$firescrypt\$/, parseFirebaseScrypt],
  [/^\$pbkdf2-/, parsePbkdf2],
  [/^pbkdf2_/, parseDjangoPbkdf2],
  [/^\$(?:md5|sha1|sha256)\$/, parseDigest],
  [/^[0-9a-f]+$/i, parseHexDigest],
  // What four bytes of 1, 0, 0 and 0 begin with in base64.
  [/^AQAAA/, parseAspNetIdentity],
];

/**
 * Reads a password hash that another system made, in the spellings of PHC and Ory Kratos where they have one. The work
 * is linear in its length, and nothing is hashed yet.
 * @throws UnusableHash for a hash that is malformed, in an unsupported format, or too expensive to verify
 */
export function parseForeignHash(text: string): SlowHash | FastHash {
  if (text.length > LENGTH_MAX) throw new UnusableHash(`The hash is longer than ${LENGTH_MAX} characters`);
  if (!VISIBLE.test(text)) throw new UnusableHash('The hash must be visible ASCII characters');
  const parse = FAMILIES.find(([prefix]) => prefix.test(text))?.[1];
  if (!parse) throw new UnusableHash('Unsupported hash format');
  return parse(text);
}

/** Reads a hash from the database, imported or made by `PasswordHasher`. @throws UnusableHash */
export function parseStoredHash(stored: string): PasswordTest {
  if (isWrapped(stored)) return parseWrapped(stored);
  const hash = parseForeignHash(stored);
  // Imports wrap fast hashes, so one in the table was not written by the app.
  if ('digest' in hash) throw new UnusableHash('The hash is too fast to be stored');
  return hash.matches;
}
