import { createHash, generateKeyPairSync } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { In, type Repository } from 'typeorm';
import { addSeconds, Clock } from '../../../common/clock.js';
import { DATABASE, type OpenDatabase } from '../../../database/open-database.js';
import { inTransaction } from '../../../database/transaction.js';
import { type Opened, SecretSeal } from './secret-seal.js';
import { isNextKeyDue, newestOf, PUBLICATION_LEAD_SECONDS } from './signing-key-schedule.js';
import { SigningKey } from './signing-key.entity.js';

/** A row of which it is known when it signs. */
export type StoredKey = SigningKey & { readonly signsFrom: Date };

/**
 * The signing keys as rows. Whatever makes or replaces keys runs in one instance at a time and looks again first, so
 * that any number of instances asking at once get one new key.
 */
@Injectable()
export class SigningKeyStore {
  private readonly rows: Repository<SigningKey>;
  private readonly seal: SecretSeal;

  constructor(
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly clock: Clock,
  ) {
    this.rows = database.dataSource.getRepository(SigningKey);
    this.seal = new SecretSeal(database.appSecret, database.appSecretPrevious);
  }

  async list(): Promise<StoredKey[]> {
    const rows = await this.rows.find();
    return rows.map((row) => ({ ...row, signsFrom: row.signsFrom ?? row.createdAt }));
  }

  /** The private half, in DER. @throws {WrongAppSecretError} */
  open({ kid, sealedPrivateKey }: SigningKey): Opened {
    return this.seal.open(sealedPrivateKey, kid);
  }

  /** Publishes the next key if it is time, and the first one at any time. Returns it when this call made it. */
  publishDue(): Promise<StoredKey | undefined> {
    return this.database.exclusively(async () => {
      const keys = await this.list();
      return isNextKeyDue(keys, this.clock.now()) ? this.publish(keys) : undefined;
    });
  }

  /** Publishes the next key ahead of time, unless one is waiting already. Returns the one that signs next. */
  publishNext(): Promise<StoredKey> {
    return this.database.exclusively(async () => {
      const keys = await this.list();
      const newest = newestOf(keys);
      return newest && newest.signsFrom > this.clock.now() ? newest : this.publish(keys);
    });
  }

  /** For a key that leaked: one new key that signs at once, and none of the others any more. Opens no row. */
  replaceAll(): Promise<StoredKey> {
    return this.database.exclusively(async () => {
      const key = this.generate(this.clock.now());
      await inTransaction(this.database.dataSource, async (manager) => {
        await manager.createQueryBuilder().delete().from(SigningKey).execute();
        await manager.insert(SigningKey, key);
      });
      return key;
    });
  }

  /** Seals rows under `APP_SECRET` that were opened with the previous one; a row that changed meanwhile is left alone. */
  async reseal(opened: readonly { readonly row: SigningKey; readonly plain: Buffer }[]): Promise<void> {
    await inTransaction(this.database.dataSource, async (manager) => {
      for (const { row, plain } of opened) {
        const { kid, sealedPrivateKey } = row;
        await manager.update(SigningKey, { kid, sealedPrivateKey }, { sealedPrivateKey: this.seal.seal(plain, kid) });
      }
    });
  }

  async delete(kids: readonly string[]): Promise<void> {
    await this.rows.delete({ kid: In([...kids]) });
  }

  private async publish(keys: readonly StoredKey[]): Promise<StoredKey> {
    const now = this.clock.now();
    const key = this.generate(keys.length === 0 ? now : addSeconds(now, PUBLICATION_LEAD_SECONDS));
    await this.rows.insert(key);
    return key;
  }

  private generate(signsFrom: Date): StoredKey {
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

/** RFC 7638: the required members in this order, without spaces. */
export function thumbprint({ kty, crv, x, y }: SigningKey['publicJwk']): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}
