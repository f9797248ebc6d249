import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import argon2 from 'argon2';
import { requestContext } from '../../../common/request-context.js';
import { errorTypeOf } from '../../../common/spans.js';
import { CONFIG, type Config } from '../../../config/env.js';
import { HashingQueue, type HashingStats } from './hashing-queue.js';

/** OWASP's minimum for argon2id: 19 MiB (`memoryCost` is in KiB), two passes, one lane. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash as we store it: cost, salt and hash in base 64. */
const STORED_HASH =
  /^\$argon2id\$v=19\$m=(?<memoryCost>\d{1,7}),t=(?<timeCost>\d{1,3}),p=\d{1,3}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/;

/** Hashes and checks passwords with argon2id (RFC 9106), a bounded number at a time. */
@Injectable()
export class PasswordHasher implements OnModuleInit {
  private readonly logger = new Logger(PasswordHasher.name);
  private readonly queue: HashingQueue;
  private nobodysHash = '';

  constructor(@Inject(CONFIG) config: Config) {
    this.queue = new HashingQueue(config.hashConcurrency, config.hashQueueMax);
  }

  async onModuleInit(): Promise<void> {
    this.nobodysHash = await argon2.hash('the password of nobody', COST);
  }

  /** The password's hash in PHC format, with a random salt of 16 bytes. @throws DomainError `overloaded` */
  async hash(password: string): Promise<string> {
    return this.inTurn('hash a password', () => argon2.hash(password, COST));
  }

  /**
   * Whether this is the password of that hash. Without a hash (nobody of that name) it does the same work and says no.
   * @throws DomainError `overloaded`
   */
  async verify(hash: string | undefined, password: string): Promise<boolean> {
    return this.inTurn('verify a password', async () => {
      const usable = hash !== undefined && STORED_HASH.test(hash);
      if (hash !== undefined && !usable) this.alarm();
      try {
        const matches = await argon2.verify(usable ? hash : this.nobodysHash, password);
        return matches && usable;
      } catch (error) {
        this.alarm(error);
        return (await argon2.verify(this.nobodysHash, password)) && false;
      }
    });
  }

  queueStats(): HashingStats {
    return this.queue.stats();
  }

  /** Whether a hash was made at a lower cost than today's. */
  needsUpgrade(hash: string): boolean {
    const { memoryCost, timeCost } = STORED_HASH.exec(hash)?.groups ?? {};
    return Number(memoryCost) < COST.memoryCost || Number(timeCost) < COST.timeCost;
  }

  /** One span for the wait and the work, since either can be what made a login slow. */
  private async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = requestContext.getStore()?.span?.startWork(name);
    if (!span) return this.queue.run(work, callerStillThere());
    const since = performance.now();
    const timed = (): Promise<T> => {
      span.set('stagedoor.hash.wait_ms', performance.now() - since);
      return work();
    };
    try {
      const result = await this.queue.run(timed, callerStillThere());
      span.end();
      return result;
    } catch (error) {
      span.end(errorTypeOf(error));
      throw error;
    }
  }

  private alarm(error?: unknown): void {
    this.logger.error('A stored password hash is malformed; its owner cannot log in', error);
  }
}

/** Tells of this very caller: asked later, when another's work ends, the context would be that other's. */
function callerStillThere(): () => boolean {
  const caller = requestContext.getStore();
  return () => caller?.hungUp() !== true;
}
