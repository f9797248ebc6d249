import { createHmac } from 'node:crypto';
import type { SecretSeal } from '../../common/secret-seal.js';
import { encodeCode } from './email-code.js';

/** Derives codes from row ids, and digests from codes. Without `APP_SECRET` the database reveals no code. */
export class CodeKeys {
  private readonly codeKeys: readonly [Buffer, ...Buffer[]];
  private readonly digestKeys: readonly [Buffer, ...Buffer[]];

  constructor(seal: SecretSeal) {
    this.codeKeys = seal.keysFor('email codes');
    this.digestKeys = seal.keysFor('email code digests');
  }

  /** The code of a new row, in canonical form. */
  codeOf(id: string): string {
    return encodeCode(hmac(this.codeKeys[0], id));
  }

  /** The digest to store for a new code. */
  digestOf(code: string): Buffer {
    return hmac(this.digestKeys[0], code);
  }

  /** The digests to look a code up by: under `APP_SECRET` and, if set, under `APP_SECRET_PREVIOUS`. */
  digestsOf(code: string): Buffer[] {
    return this.digestKeys.map((key) => hmac(key, code));
  }

  /** The code of the row with this digest, under either secret; undefined if it was issued under another one. */
  codeWith(id: string, digest: Buffer): string | undefined {
    return this.codeKeys
      .map((key) => encodeCode(hmac(key, id)))
      .find((code) => this.digestsOf(code).some((known) => known.equals(digest)));
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
