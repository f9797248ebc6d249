import { Injectable, Logger } from '@nestjs/common';
import { SecretSeal, WrongAppSecretError } from '../../common/secret-seal.js';

/** A secret as it is stored. */
export interface SealedSecret {
  readonly sealedSecret: Buffer;
  readonly sealedUnder: Buffer;
}

const ID_BYTES = 8;

/** Seals the secrets of authenticator apps, each for its user. */
@Injectable()
export class TotpSecrets {
  private readonly logger = new Logger(TotpSecrets.name);
  /** Identifies `APP_SECRET` without revealing it. */
  readonly sealedUnder: Buffer;
  private unreadable = 0;

  constructor(private readonly seal: SecretSeal) {
    const [key] = seal.keysFor('identification of the secret that TOTP secrets are sealed under');
    this.sealedUnder = key.subarray(0, ID_BYTES);
  }

  sealFor(userId: string, secret: Buffer): SealedSecret {
    return { sealedSecret: this.seal.seal(secret, labelOf(userId)), sealedUnder: this.sealedUnder };
  }

  /** How often this instance needed a secret that it could not open. */
  stats(): { readonly unreadable: number } {
    return { unreadable: this.unreadable };
  }

  /** Undefined when it opens under neither `APP_SECRET` nor `APP_SECRET_PREVIOUS`. */
  open(userId: string, sealedSecret: Buffer): Buffer | undefined {
    try {
      return this.seal.open(sealedSecret, labelOf(userId)).plain;
    } catch (error) {
      if (error instanceof WrongAppSecretError) return undefined;
      throw error;
    }
  }

  /** As {@link open}, for a code that has to be checked: a secret that cannot be opened is logged and counted. */
  openOf(userId: string, sealedSecret: Buffer): Buffer | undefined {
    const plain = this.open(userId, sealedSecret);
    if (!plain) {
      this.unreadable++;
      this.logger.error({
        msg:
          'APP_SECRET does not open the secret of an authenticator app, nor does APP_SECRET_PREVIOUS: its codes are ' +
          'refused until the secret that it was sealed under is given as APP_SECRET_PREVIOUS. Recovery codes and passkeys ' +
          'still work.',
        userId,
      });
    }
    return plain;
  }
}

function labelOf(userId: string): string {
  return `totp ${userId}`;
}
