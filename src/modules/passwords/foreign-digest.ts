import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { parseArgon2 } from './foreign-argon2.js';
import { base64Bytes, fieldsOf, type PasswordTest, saltBytes, unpadded, UnusableHash } from './foreign-fields.js';

/** How a digest was made of a password; the digest itself is not part of it. */
interface DigestRecipe {
  readonly algorithm: string;
  /** Holds `{PASSWORD}` and perhaps `{SALT}`, in whose place they are put. */
  readonly template: string;
  readonly salt: Buffer;
}

/**
 * A digest that is too cheap to be stored: a reader of the table could try a billion passwords a second. What is
 * stored is argon2id of the digest, with the recipe that makes the digest of a password.
 */
export interface FastHash {
  /** The digest, in bytes, to be hashed by argon2id. */
  readonly digest: Buffer;
  /** What goes into the database, given argon2id's hash of the digest. */
  wrappedIn(argon2idHash: string): string;
}

const DIGEST_BYTES: Readonly<Record<string, number>> = { md5: 16, sha1: 20, sha256: 32 };
/** Hexadecimal digits alone, of which only one algorithm makes so many. */
const HEX_ALGORITHMS: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };
const TEMPLATE_MAX = 128;
const PLACES = /\{PASSWORD\}|\{SALT\}/g;
const WRAPPED = '$wrapped-';
const WRAPPING = '$argon2id$';

/** `$md5$hash`, and `$md5$pf=template$salt$hash`, `$sha1$pf=…` and `$sha256$pf=…`. @throws UnusableHash */
export function parseDigest(text: string): FastHash {
  const fields = text.split('$');
  if (text.startsWith('$md5$') && fields.length === 3) {
    const recipe = { algorithm: 'md5', template: '{PASSWORD}', salt: Buffer.alloc(0) };
    return fastHash(recipe, base64Bytes(fields[2] ?? '', 'hash'));
  }
  const [, algorithm = '', template = '', salt = '', hash = ''] = fieldsOf(text, 5);
  return fastHash(parseRecipe(algorithm, template, salt), base64Bytes(hash, 'hash'));
}

/** 32, 40 or 64 hexadecimal digits: MD5, SHA-1 or SHA-256 of the password alone. @throws UnusableHash */
export function parseHexDigest(text: string): FastHash {
  const algorithm = HEX_ALGORITHMS[text.length];
  if (algorithm === undefined) throw new UnusableHash('Unsupported hash format');
  return fastHash({ algorithm, template: '{PASSWORD}', salt: Buffer.alloc(0) }, Buffer.from(text, 'hex'));
}

export function isWrapped(stored: string): boolean {
  return stored.startsWith(WRAPPED);
}

/** Reads what {@link FastHash.wrappedIn} wrote. @throws UnusableHash */
export function parseWrapped(stored: string): PasswordTest {
  const end = Math.max(stored.indexOf(WRAPPING), 0);
  const [algorithm = '', template = '', salt = ''] = fieldsOf(stored.slice(WRAPPED.length, end), 3);
  const recipe = parseRecipe(algorithm, template, salt);
  const argon2id = parseArgon2(stored.slice(end));
  return (password) => argon2id.matches(digestOf(recipe, password));
}

function parseRecipe(algorithm: string, templateField: string, salt: string): DigestRecipe {
  if (!Object.hasOwn(DIGEST_BYTES, algorithm) || !templateField.startsWith('pf=')) {
    throw new UnusableHash('The hash must be $md5$, $sha1$ or $sha256$ with pf=, a salt and a digest');
  }
  const bytes = base64Bytes(templateField.slice('pf='.length), 'template');
  const template = bytes.toString();
  if (!isUtf8(bytes)) throw new UnusableHash('The template is not valid UTF-8');
  // Without it the digest is the same for every password.
  if (!template.includes('{PASSWORD}')) throw new UnusableHash('The template does not hold {PASSWORD}');
  if (template.length > TEMPLATE_MAX) throw new UnusableHash(`The template is longer than ${TEMPLATE_MAX} characters`);
  return { algorithm, template, salt: saltBytes(salt, 0) };
}

function fastHash(recipe: DigestRecipe, digest: Buffer): FastHash {
  const { algorithm, template, salt } = recipe;
  if (digest.length !== DIGEST_BYTES[algorithm])
    throw new UnusableHash(`The hash is not as long as ${algorithm} makes it`);
  const prefix = `${WRAPPED}${algorithm}$pf=${unpadded(Buffer.from(template))}$${unpadded(salt)}`;
  return { digest, wrappedIn: (argon2idHash) => `${prefix}${argon2idHash}` };
}

/** In one pass, so that a password or salt that reads `{SALT}` is not replaced in turn. */
function digestOf({ algorithm, template, salt }: DigestRecipe, password: string): Buffer {
  const hash = createHash(algorithm);
  let at = 0;
  for (const { 0: place, index } of template.matchAll(PLACES)) {
    hash.update(template.slice(at, index));
    hash.update(place === '{SALT}' ? salt : password);
    at = index + place.length;
  }
  return hash.update(template.slice(at)).digest();
}
