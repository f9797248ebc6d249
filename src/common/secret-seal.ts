import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Neither `APP_SECRET` nor `APP_SECRET_PREVIOUS` opens what was sealed; the message tells an operator what to do. */
export class WrongAppSecretError extends Error {
  constructor(options?: ErrorOptions) {
    super(
      'APP_SECRET does not open the signing keys in the database, nor does APP_SECRET_PREVIOUS: start with the APP_SECRET ' +
        'they were made under, or give it as APP_SECRET_PREVIOUS. If it is lost, replace the keys: ' +
        'npm run keys:rotate -- --now (access tokens become invalid at once; sessions continue with a refresh).',
      options,
    );
    this.name = 'WrongAppSecretError';
  }
}

export interface Opened {
  readonly plain: Buffer;
  /** Sealed under `APP_SECRET_PREVIOUS`: seal it again before that goes away. */
  readonly isOutdated: boolean;
}

/**
 * Seals secrets for keeping in the database: AES-256-GCM under a key derived from `APP_SECRET` (HKDF, RFC 5869). Also
 * opens what was sealed under the previous secret, while there is one.
 */
export class SecretSeal {
  private readonly key: Buffer;
  private readonly previousKey: Buffer | undefined;

  constructor(
    private readonly appSecret: string,
    private readonly previousAppSecret?: string,
  ) {
    this.key = deriveKey(appSecret, SEALING);
    this.previousKey = previousAppSecret === undefined ? undefined : deriveKey(previousAppSecret, SEALING);
  }

  /**
   * 256-bit keys for a purpose other than sealing: the one under the present secret, then the one under the previous
   * secret if there is one. Keys of different purposes reveal nothing of each other.
   */
  keysFor(purpose: string): readonly [present: Buffer, ...previous: Buffer[]] {
    const { appSecret, previousAppSecret } = this;
    const previous = previousAppSecret === undefined ? [] : [deriveKey(previousAppSecret, purpose)];
    return [deriveKey(appSecret, purpose), ...previous];
  }

  /** Nonce, tag and ciphertext in one. It opens only under the same `label`, so rows cannot be swapped. */
  seal(plain: Buffer, label: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(label));
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws {WrongAppSecretError} when it was sealed under another secret or label, or was changed */
  open(sealed: Buffer, label: string): Opened {
    try {
      return { plain: openWith(this.key, sealed, label), isOutdated: false };
    } catch (cause) {
      if (this.previousKey === undefined) throw new WrongAppSecretError({ cause });
    }
    try {
      return { plain: openWith(this.previousKey, sealed, label), isOutdated: true };
    } catch (cause) {
      throw new WrongAppSecretError({ cause });
    }
  }
}

/** Its name stays, although it seals more than that: another would leave what is sealed unreadable. */
const SEALING = 'signing keys';

function deriveKey(appSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', appSecret, '', `stagedoor ${purpose}`, 32));
}

function openWith(key: Buffer, sealed: Buffer, label: string): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(label))
    .setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
}
