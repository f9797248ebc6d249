import { verify } from '@node-rs/bcrypt';
import { atMost, type SlowHash, UnusableHash } from './foreign-fields.js';

const COST_MIN = 4;
const COST_MAX = 14;
/** Version, cost, 16 bytes of salt and 23 of hash in bcrypt’s own base 64, whose last characters hold two and four bits. */
const BCRYPT = /^\$2[abxy]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;
/** What bcrypt reads of a password. */
const KEY_BYTES = 72;

/**
 * `$2a$`, `$2b$` and `$2y$` name one algorithm. `$2x$` is the one that crypt_blowfish had before 1.1, and PHP before
 * 5.3.7, which mistook bytes from 0x80 for negative numbers.
 * @throws UnusableHash
 */
export function parseBcrypt(text: string): SlowHash {
  const [, costText] = BCRYPT.exec(text) ?? [];
  const cost = Number(costText);
  if (costText === undefined || cost < COST_MIN) throw new UnusableHash('The bcrypt hash is malformed');
  atMost(cost, COST_MAX, 'bcrypt cost');
  if (!text.startsWith('$2x$')) return { stored: text, matches: (password) => verify(password, text) };
  const standard = `$2y$${text.slice(4)}`;
  return { stored: text, matches: (password) => verify(signExtendedKey(Buffer.from(password)), standard) };
}

/** The password as the old algorithm read it: each byte from 0x80 overwrote those before it in its word of four. */
export function signExtendedKey(password: Buffer): Buffer {
  const cycle = Buffer.concat([password, Buffer.alloc(1)]);
  const key = Buffer.alloc(KEY_BYTES);
  for (let at = 0; at < KEY_BYTES; at += 4) {
    let word = 0;
    for (let i = at; i < at + 4; i++) word = (word << 8) | cycle.readInt8(i % cycle.length);
    key.writeInt32BE(word, at);
  }
  return key;
}
