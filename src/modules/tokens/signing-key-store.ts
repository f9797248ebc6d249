import { createHash, generateKeyPairSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { isClockReliable } from '../../database/clock-offset.js';
import { Database } from '../../database/database.js';
import { type Opened, SecretSeal } from '../../common/secret-seal.js';
import { isNextKeyDue, newestOf, PUBLICATION_LEAD_SECONDS } from './signing-key-schedule.js';
import { SigningKey } from './signing-key.entity.js';

/**
 * Stores the signing keys. Keys are created and replaced by one instance at a time, which reads them again first, so that
 * concurrent calls create one key.
 */
@Injectable()
export class SigningKeyStore {
  constructor(
    @InjectRepository(SigningKey) private readonly rows: Repository<SigningKey>,
    private readonly database: Database,
    private readonly seal: SecretSeal,
    private readonly clock: Clock,
  ) {}

  list(): Promise<SigningKey[]> {
    return this.rows.find();
  }

  /** @throws {WrongAppSecretError} when `APP_SECRET` opens one of the keys no longer, or not yet */
  async assertOpenable(): Promise<void> {
    for (const key of await this.list()) this.open(key);
  }

  /** The private half, in DER. @throws {WrongAppSecretError} */
  open({ kid, sealedPrivateKey }: SigningKey): Opened {
    return this.seal.open(sealedPrivateKey, kid);
  }

  /**
   * Publishes the next key when it is due, or the first one. Returns the key if this call created it. While this machine's
   * clock is more than a minute off, only the first one.
   */
  publishDue(): Promise<SigningKey | undefined> {
    return this.database.exclusively(async () => {
      const keys = await this.list();
      if (!isNextKeyDue(keys, this.clock.now())) return undefined;
      return keys.length === 0 || (await isClockReliable(this.database)) ? this.publish(keys) : undefined;
    });
  }

  /** Publishes the next key ahead of time, unless one is published already. Returns the one that signs next. */
  publishNext(): Promise<SigningKey> {
    return this.database.exclusively(async () => {
      const keys = await this.list();
      const newest = newestOf(keys);
      return newest && newest.signsFrom > this.clock.now() ? newest : this.publish(keys);
    });
  }

  /** After a leak: replaces all keys by a new one that signs at once. Needs no key to be opened. */
  replaceAll(): Promise<SigningKey> {
    return this.database.exclusively(async () => {
      const key = this.generate(this.clock.now());
      await this.database.transaction(async (manager) => {
        await manager.createQueryBuilder().delete().from(SigningKey).execute();
        await manager.insert(SigningKey, key);
      });
      return key;
    });
  }

  /** Seals rows under `APP_SECRET` that were opened with the previous one, unless they have changed meanwhile. */
  async reseal(opened: readonly { readonly row: SigningKey; readonly plain: Buffer }[]): Promise<void> {
    await this.database.transaction(async (manager) => {
      for (const { row, plain } of opened) {
        const { kid, sealedPrivateKey } = row;
        await manager.update(SigningKey, { kid, sealedPrivateKey }, { sealedPrivateKey: this.seal.seal(plain, kid) });
      }
    });
  }

  /** Deletes expired keys. Returns false, and deletes nothing, while this machine's clock is more than a minute off. */
  async deleteExpired(kids: readonly string[]): Promise<boolean> {
    if (!(await isClockReliable(this.database))) return false;
    await this.rows.delete({ kid: In([...kids]) });
    return true;
  }

  private async publish(keys: readonly SigningKey[]): Promise<SigningKey> {
    const now = this.clock.now();
    const key = this.generate(keys.length === 0 ? now : addSeconds(now, PUBLICATION_LEAD_SECONDS));
    await this.rows.insert(key);
    return key;
  }

  private generate(signsFrom: Date): SigningKey {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as SigningKey['publicJwk'];
    const kid = thumbprint({ kty, crv, x, y });
    return {
      kid,
      publicJwk: { kty, crv, x, y },
      sealedPrivateKey: this.seal.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), kid),
      createdAt: this.clock.now(),
      signsFrom,
    };
  }
}

/** RFC 7638: the hash of the required members in lexicographic order, without whitespace. */
export function thumbprint({ kty, crv, x, y }: SigningKey['publicJwk']): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
