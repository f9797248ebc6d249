import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { invalidField } from '../../common/domain-error.js';
import { requestContext } from '../../common/request-context.js';
import { errorTypeOf } from '../../common/spans.js';
import { CONFIG, type Config } from '../../config/config.js';
import { HASH_COST_MIN, type HashCost } from '../../config/hash-cost.js';
import { argon2, argon2id } from './argon2.js';
import { type PasswordTest, UnusableHash } from './foreign-fields.js';
import { parseForeignHash, parseStoredHash } from './foreign-hash.js';
import { HashingQueue, type HashingStats } from './hashing-queue.js';

/** A hash as this class makes it, at any cost: one lane, 16 bytes of salt, 32 bytes of hash. */
const ARGON2ID = /^\$argon2id\$v=19\$m=(?<memoryKib>\d+),t=(?<passes>\d+),p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

export interface PasswordCheck {
  readonly matches: boolean;
  /** Whether the stored hash should be replaced by a new one of this password: `hash(password)`. */
  readonly isOutdated: boolean;
}

const NO_MATCH: PasswordCheck = { matches: false, isOutdated: false };

/**
 * Hashes passwords with argon2id (RFC 9106) and checks them, also against hashes that other systems made, a bounded
 * number at a time. A password is hashed in its NFKC form (NIST SP 800-63B-4, section 3.1.1.2), so that "é" is one
 * password whether a keyboard sends it as one code point or two.
 */
@Injectable()
export class PasswordHasher implements OnModuleInit {
  private readonly logger = new Logger(PasswordHasher.name);
  private readonly queue: HashingQueue;
  private readonly cost: HashCost;
  private dummyHash = '';

  constructor(@Inject(CONFIG) config: Config) {
    this.queue = new HashingQueue(config.hashConcurrency, config.hashQueueMax);
    this.cost = config.hashCost;
  }

  async onModuleInit(): Promise<void> {
    this.dummyHash = await argon2.hash('no password', argon2id(this.cost));
  }

  /**
   * The password's hash in PHC format, with a random salt of 16 bytes. Skipped for a caller who has disconnected by the
   * time it would start.
   * @throws DomainError `overloaded`, `request_timeout` when it was skipped
   */
  async hash(password: string, caller?: Caller): Promise<string> {
    return this.inTurn('hash a password', () => argon2.hash(normalized(password), argon2id(this.cost)), caller);
  }

  /**
   * Whether a password matches a stored hash. Without a hash (an unknown user) it does the same work and is false.
   * @throws DomainError `overloaded`; `request_timeout` for a caller who has disconnected by the time it would start
   */
  async verify(storedHash: string | undefined, password: string, caller?: Caller): Promise<boolean> {
    return (await this.check(storedHash, password, caller)).matches;
  }

  /**
   * {@link verify}, and whether the hash is due for replacement. The password is tried as it was typed, and in its
   * normalized form only where that differs: a hash made elsewhere, or before passwords were normalized, is of what was
   * typed. So a refusal costs one hash, two for such a password, with or without a stored hash.
   * @throws DomainError `overloaded`
   */
  async check(storedHash: string | undefined, password: string, caller?: Caller): Promise<PasswordCheck> {
    return this.inTurn('verify a password', () => this.compare(storedHash, password), caller);
  }

  /**
   * The raw argon2id hash of a random secret under a given salt, for secrets that are looked up by it. Always at the
   * minimum cost: what was stored stays valid when the cost of passwords changes.
   * @throws DomainError `overloaded`; `request_timeout` for a caller who has disconnected by the time it would start
   */
  async digest(secret: string, salt: Buffer, caller?: Caller): Promise<Buffer> {
    return this.inTurn(
      'digest a secret',
      () => argon2.hash(secret, { ...argon2id(HASH_COST_MIN), salt, raw: true }),
      caller,
    );
  }

  /**
   * The hash to store for one that another system made, which stays valid for its password. A digest that is too cheap
   * to be stored is wrapped in argon2id. Yields to logins.
   * @throws DomainError `invalid_request` for a hash that cannot be used, naming `passwordHash`
   */
  async adopt(foreignHash: string): Promise<string> {
    const hash = readable(foreignHash);
    if ('stored' in hash) return hash.stored;
    return hash.wrappedIn(await this.queue.runInBackground(() => argon2.hash(hash.digest, argon2id(this.cost))));
  }

  /** {@link verify} for an import: yields to logins, and is never refused. */
  async verifyInBackground(storedHash: string, password: string): Promise<boolean> {
    return (await this.queue.runInBackground(() => this.compare(storedHash, password))).matches;
  }

  queueStats(): HashingStats {
    return this.queue.stats();
  }

  private async compare(storedHash: string | undefined, password: string): Promise<PasswordCheck> {
    const normal = normalized(password);
    const matches = this.testOf(storedHash);
    for (const form of new Set([password, normal])) {
      if (await matches(form)) return { matches: true, isOutdated: form !== normal || this.isOutdated(storedHash) };
    }
    return NO_MATCH;
  }

  /**
   * Whether a hash is not as {@link hash} makes it now. Also one that costs more, so that the time of a login tells
   * nothing about the origin of a hash.
   */
  private isOutdated(storedHash: string | undefined): boolean {
    const { memoryKib, passes } = ARGON2ID.exec(storedHash ?? '')?.groups ?? {};
    return Number(memoryKib) !== this.cost.memoryKib || Number(passes) !== this.cost.passes;
  }

  /** Without a usable hash: as much work as one takes, and no match. */
  private testOf(storedHash: string | undefined): PasswordTest {
    const noMatch: PasswordTest = async (password) => (await argon2.verify(this.dummyHash, password)) && false;
    if (storedHash === undefined) return noMatch;
    try {
      return parseStoredHash(storedHash);
    } catch (error) {
      // The error does not contain the hash.
      this.logger.error('A stored password hash is malformed; its owner cannot log in', error);
      return noMatch;
    }
  }

  /** One span for the wait and the work, since either can make a login slow. */
  private async inTurn<T>(name: string, work: () => Promise<T>, caller: Caller | undefined): Promise<T> {
    const isWanted = (): boolean => caller?.isDisconnected() !== true;
    const span = requestContext.getStore()?.span?.startWork(name);
    if (!span) return this.queue.run(work, isWanted);
    const since = performance.now();
    const timed = (): Promise<T> => {
      span.set('stagedoor.hash.wait_ms', performance.now() - since);
      return work();
    };
    try {
      const result = await this.queue.run(timed, isWanted);
      span.end();
      return result;
    } catch (error) {
      span.end(errorTypeOf(error));
      throw error;
    }
  }
}

function normalized(password: string): string {
  return password.normalize('NFKC');
}

function readable(foreignHash: string): ReturnType<typeof parseForeignHash> {
  try {
    return parseForeignHash(foreignHash);
  } catch (error) {
    if (error instanceof UnusableHash) {
      throw invalidField({ field: 'passwordHash', code: 'format', message: error.message });
    }
    throw error;
  }
}
