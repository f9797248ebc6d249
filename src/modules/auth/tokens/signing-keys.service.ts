import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../../../common/clock.js';
import { DomainError } from '../../../common/domain-error.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { endOf, isNextKeyDue, RELOAD_INTERVAL_SECONDS, signingKeyAt } from './signing-key-schedule.js';
import { SigningKeyStore, type StoredKey, thumbprint } from './signing-key-store.js';

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
  readonly signsFrom: Date;
  /** When its last token is over; undefined while it has no successor. */
  readonly endsAt: Date | undefined;
  readonly publicKey: KeyObject;
  /** Undefined when it is sealed under a secret that this instance was not given: then it verifies, and does not sign. */
  readonly privateKey: KeyObject | undefined;
  readonly jwk: PublicJwk;
}

type SigningLiveKey = LiveKey & { readonly privateKey: KeyObject };

/**
 * The keys that sign access tokens (ES256). Held as ready `KeyObject`s: nothing is parsed, and nothing is read from
 * the database, when a token is signed or checked. They are read again every 30 seconds, and rotate by themselves on
 * the schedule of `signing-key-schedule.ts`: no restart, and no good token refused on the way.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly logger = new Logger(SigningKeys.name);
  private readonly complainedOf = new Set<string>();
  private keys: ReadonlyMap<string, LiveKey> = new Map();
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: SigningKeyStore,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Loads the keys, and makes the first one in a new database, whichever instance comes first.
   * @throws {WrongAppSecretError} when a key does not open: better at start than when it is needed
   */
  async onModuleInit(): Promise<void> {
    for (const row of await this.store.list()) this.store.open(row);
    await this.reload();
  }

  /**
   * Reads the keys again, publishes the next one when it is due, and forgets those that are over. Whoever changes keys
   * may ask for this at once; calls take turns.
   */
  reload(): Promise<void> {
    const run = this.turn.then(() => this.readAndRotate());
    this.turn = run.catch(() => undefined);
    return run;
  }

  @Interval(RELOAD_INTERVAL_SECONDS * 1000)
  async reloadOnSchedule(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.logger.warn('Could not read the signing keys; going on with those at hand and trying again', error);
    }
  }

  /** The key to sign with now. @throws DomainError `service_unavailable` when no key at hand can be opened */
  current(): { readonly kid: string; readonly privateKey: KeyObject } {
    const able = [...this.keys.values()].filter((key): key is SigningLiveKey => key.privateKey !== undefined);
    const key = signingKeyAt(able, this.clock.now());
    if (!key) throw new DomainError('service_unavailable', 'Tokens cannot be signed at the moment');
    return key;
  }

  /** The public key of this name, or undefined. Never any I/O: anybody may send any name. */
  publicKey(kid: string): KeyObject | undefined {
    const key = this.keys.get(kid);
    return key && this.isLive(key) ? key.publicKey : undefined;
  }

  /** The JSON Web Key Set (RFC 7517, section 5) for those who verify our tokens themselves. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: [...this.keys.values()].filter((key) => this.isLive(key)).map((key) => key.jwk) };
  }

  private isLive({ endsAt }: LiveKey): boolean {
    return endsAt === undefined || endsAt > this.clock.now();
  }

  private async readAndRotate(): Promise<void> {
    let rows = await this.store.list();
    if (isNextKeyDue(rows, this.clock.now())) {
      const made = await this.store.publishDue();
      if (made) this.logger.log({ msg: 'Published a new signing key', kid: made.kid, signsFrom: made.signsFrom });
      rows = await this.store.list();
    }
    await this.take(rows);
    const over = [...this.keys.values()].filter((key) => !this.isLive(key)).map(({ kid }) => kid);
    if (over.length === 0) return;
    await this.store.delete(over);
    this.logger.log({ msg: 'Deleted signing keys whose last token is over', kids: over });
  }

  private async take(rows: readonly StoredKey[]): Promise<void> {
    const longestToken = Math.max(this.config.accessTokenTtlSeconds, this.config.feedTokenTtlSeconds);
    const outdated: { row: StoredKey; plain: Buffer }[] = [];
    const keys = new Map<string, LiveKey>();
    for (const row of rows) {
      const { kid, publicJwk, signsFrom } = row;
      // The name is bound to the public half by this, and to the private half by its seal.
      if (thumbprint(publicJwk) !== kid) {
        this.complainOnce(kid, 'A signing key in the database is not the one its name says; it is left out');
        continue;
      }
      const { kty, crv, x, y } = publicJwk;
      const known = this.keys.get(kid);
      keys.set(kid, {
        kid,
        signsFrom,
        endsAt: endOf(row, rows, longestToken),
        publicKey: known?.publicKey ?? createPublicKey({ key: publicJwk, format: 'jwk' }),
        privateKey: known?.privateKey ?? this.openPrivateKey(row, outdated),
        jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
      });
    }
    // Before they are taken: if this fails, the next reload opens and seals them again.
    if (outdated.length > 0) {
      await this.store.reseal(outdated);
      this.logger.log({ msg: 'Sealed signing keys under the new APP_SECRET', keys: outdated.length });
    }
    this.keys = keys;
  }

  private openPrivateKey(row: StoredKey, outdated: { row: StoredKey; plain: Buffer }[]): KeyObject | undefined {
    try {
      const { plain, isOutdated } = this.store.open(row);
      if (isOutdated) outdated.push({ row, plain });
      return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    } catch (error) {
      this.complainOnce(row.kid, 'A new signing key is sealed under another APP_SECRET; it only verifies here', error);
      return undefined;
    }
  }

  private complainOnce(kid: string, message: string, error?: unknown): void {
    if (this.complainedOf.has(kid)) return;
    this.complainedOf.add(kid);
    this.logger.error(`${message} (${kid})`, error);
  }
}
