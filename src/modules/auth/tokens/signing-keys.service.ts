import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Clock } from '../../../common/clock.js';
import { DATABASE, type OpenDatabase } from '../../../database/open-database.js';
import { SecretSeal } from './secret-seal.js';
import { SigningKey } from './signing-key.entity.js';

/** A public key as RFC 7517 writes it. Public members only. */
export interface PublicJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

interface LiveKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

/**
 * The keys that sign access tokens (ES256). Held as ready `KeyObject`s: nothing is parsed, and nothing is read from
 * the database, when a token is signed or checked.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private keys = new Map<string, LiveKey>();
  private newest: LiveKey | undefined;
  private readonly seal: SecretSeal;

  constructor(
    @InjectRepository(SigningKey) private readonly rows: Repository<SigningKey>,
    @Inject(DATABASE) private readonly database: OpenDatabase,
    private readonly clock: Clock,
  ) {
    this.seal = new SecretSeal(database.appSecret);
  }

  /** Loads the keys, and makes the first one in a new database, whichever instance comes first. */
  async onModuleInit(): Promise<void> {
    if (!(await this.rows.exists())) {
      await this.database.exclusively(async () => {
        if (!(await this.rows.exists())) await this.rows.insert(this.generate());
      });
    }
    const rows = await this.rows.find({ order: { createdAt: 'ASC' } });
    const keys = rows.map((row) => this.toLiveKey(row));
    this.keys = new Map(keys.map((key) => [key.kid, key]));
    this.newest = keys.at(-1);
  }

  /** The key to sign with now. */
  current(): { readonly kid: string; readonly privateKey: KeyObject } {
    if (!this.newest) throw new Error('Signing keys are used before they were loaded');
    return this.newest;
  }

  /** The public key of this name, or undefined. Never any I/O: anybody may send any name. */
  publicKey(kid: string): KeyObject | undefined {
    return this.keys.get(kid)?.publicKey;
  }

  /** The JSON Web Key Set (RFC 7517, section 5) for those who verify our tokens themselves. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: [...this.keys.values()].map((key) => key.jwk) };
  }

  private generate(): SigningKey {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as {
      kty: string;
      crv: string;
      x: string;
      y: string;
    };
    // RFC 7638: the required members in this order, without spaces.
    const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
    return {
      kid,
      publicJwk: { kty, crv, x, y },
      sealedPrivateKey: this.seal.seal(privateKey.export({ format: 'der', type: 'pkcs8' }), kid),
      createdAt: this.clock.now(),
    };
  }

  private toLiveKey({ kid, publicJwk, sealedPrivateKey }: SigningKey): LiveKey {
    return {
      kid,
      privateKey: createPrivateKey({ key: this.unseal(sealedPrivateKey, kid), format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: publicJwk, format: 'jwk' }),
      jwk: { kty: publicJwk.kty, crv: publicJwk.crv, x: publicJwk.x, y: publicJwk.y, kid, alg: 'ES256', use: 'sig' },
    };
  }

  private unseal(sealed: Buffer, kid: string): Buffer {
    try {
      return this.seal.open(sealed, kid);
    } catch (cause) {
      throw new Error(
        'APP_SECRET does not open the signing keys in the database: start with the APP_SECRET they were made under',
        { cause },
      );
    }
  }
}
