import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { longestAccessTokenLifetime } from '../../config/access-token-lifetime.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Revocations } from '../revocations/revocations.js';
import { endOf, isNextKeyDue, RELOAD_INTERVAL_SECONDS, signingKeyAt } from './signing-key-schedule.js';
import { SigningKeyStore, thumbprint } from './signing-key-store.js';
import type { SigningKey } from './signing-key.entity.js';

/** A public key as a JSON Web Key (RFC 7517), without private members. */
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
  /** When the last token it signed expires; undefined while it has no successor. */
  readonly endsAt: Date | undefined;
  readonly publicKey: KeyObject;
  /** Undefined when it is sealed under a secret that this instance does not have: the key verifies, but does not sign. */
  readonly privateKey: KeyObject | undefined;
  readonly jwk: PublicJwk;
}

type SigningLiveKey = LiveKey & { readonly privateKey: KeyObject };

/**
 * The keys that sign access tokens (ES256), held as `KeyObject`s: signing and verifying a token parses no key and reads
 * nothing from the database. The keys are reloaded every 30 seconds and when another instance changes them, and rotate
 * on the schedule of `signing-key-schedule.ts`. A rotation needs no restart and makes no valid token invalid.
 */
@Injectable()
export class SigningKeys implements OnModuleInit {
  private readonly logger = new Logger(SigningKeys.name);
  private readonly reportedKeys = new Set<string>();
  private keys: ReadonlyMap<string, LiveKey> = new Map();
  private lastReload: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: SigningKeyStore,
    private readonly clock: Clock,
    private readonly revocations: Revocations,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Loads the keys; in a new database, the first instance makes the first key.
   * @throws {WrongAppSecretError} when a key cannot be opened, so that the server refuses to start
   */
  async onModuleInit(): Promise<void> {
    for (const row of await this.store.list()) this.store.open(row);
    await this.reload();
    this.revocations.subscribe({
      revoked: (revocations) => {
        if (revocations.some(({ kind }) => kind === 'signing_keys')) void this.reloadOnSchedule();
      },
      missed: () => void this.reloadOnSchedule(),
    });
  }

  /**
   * Reads the keys again, publishes the next one when it is due, and deletes those whose last token has expired.
   * Concurrent calls run one after another.
   */
  reload(): Promise<void> {
    const reload = this.lastReload.then(() => this.readAndRotate());
    this.lastReload = reload.catch(() => undefined);
    return reload;
  }

  @Interval(RELOAD_INTERVAL_SECONDS * 1000)
  async reloadOnSchedule(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.logger.warn('Could not reload the signing keys; the loaded ones stay in use until the next attempt', error);
    }
  }

  /** The key that signs now. @throws DomainError `service_unavailable` when no loaded key has its private half */
  current(): { readonly kid: string; readonly privateKey: KeyObject } {
    const signers = [...this.keys.values()].filter((key): key is SigningLiveKey => key.privateKey !== undefined);
    const key = signingKeyAt(signers, this.clock.now());
    if (!key) throw new DomainError('service_unavailable');
    return key;
  }

  /** The published key with this `kid`, which may be any string. Does no I/O. */
  publicKey(kid: string): KeyObject | undefined {
    const key = this.keys.get(kid);
    return key && this.isLive(key) ? key.publicKey : undefined;
  }

  /** The JSON Web Key Set (RFC 7517, section 5) for services that verify tokens themselves. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    return { keys: [...this.keys.values()].filter((key) => this.isLive(key)).map((key) => key.jwk) };
  }

  private isLive({ endsAt }: LiveKey): boolean {
    return endsAt === undefined || endsAt > this.clock.now();
  }

  private async readAndRotate(): Promise<void> {
    let rows = await this.store.list();
    if (isNextKeyDue(rows, this.clock.now())) {
      const published = await this.store.publishDue();
      if (published) {
        const { kid, signsFrom } = published;
        this.logger.log({ msg: 'Published a new signing key', kid, signsFrom });
      }
      rows = await this.store.list();
    }
    await this.load(rows);
    const expired = [...this.keys.values()].filter((key) => !this.isLive(key)).map(({ kid }) => kid);
    if (expired.length === 0 || !(await this.store.deleteExpired(expired))) return;
    this.logger.log({ msg: 'Deleted signing keys whose last token has expired', kids: expired });
  }

  private async load(rows: readonly SigningKey[]): Promise<void> {
    const longestToken = longestAccessTokenLifetime(this.config);
    const outdated: { row: SigningKey; plain: Buffer }[] = [];
    const keys = new Map<string, LiveKey>();
    for (const row of rows) {
      const { kid, publicJwk, signsFrom } = row;
      // This binds the kid to the public half; the seal binds it to the private half.
      if (thumbprint(publicJwk) !== kid) {
        this.reportOnce(kid, 'A signing key in the database does not match its kid; it is ignored');
        continue;
      }
      const { kty, crv, x, y } = publicJwk;
      const loaded = this.keys.get(kid);
      keys.set(kid, {
        kid,
        signsFrom,
        endsAt: endOf(row, rows, longestToken),
        publicKey: loaded?.publicKey ?? createPublicKey({ key: publicJwk, format: 'jwk' }),
        privateKey: loaded?.privateKey ?? this.openPrivateKey(row, outdated),
        jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
      });
    }
    // Before they are kept: if this fails, the next reload opens and seals them again.
    if (outdated.length > 0) {
      await this.store.reseal(outdated);
      this.logger.log({ msg: 'Sealed signing keys under the new APP_SECRET', keys: outdated.length });
    }
    this.keys = keys;
  }

  private openPrivateKey(row: SigningKey, outdated: { row: SigningKey; plain: Buffer }[]): KeyObject | undefined {
    try {
      const { plain, isOutdated } = this.store.open(row);
      if (isOutdated) outdated.push({ row, plain });
      return createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' });
    } catch (error) {
      this.reportOnce(row.kid, 'A signing key is sealed under another APP_SECRET; it only verifies here', error);
      return undefined;
    }
  }

  private reportOnce(kid: string, message: string, error?: unknown): void {
    if (this.reportedKeys.has(kid)) return;
    this.reportedKeys.add(kid);
    this.logger.error(`${message} (${kid})`, error);
  }
}
