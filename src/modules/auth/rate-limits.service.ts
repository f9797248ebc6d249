import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DomainError } from '../../common/domain-error.js';
import { requestContext } from '../../common/request-context.js';
import { CONFIG, type Config } from '../../config/env.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { networkOf } from './network.js';

/** What may be done how often: `points` in `duration` seconds. */
const LIMITS = {
  /** Wrong passwords for one account from one network: a stranger elsewhere does not use up the owner's. */
  'login-account': { points: 10, duration: 900 },
  /** Wrong passwords from one network, whatever the account. */
  'login-network': { points: 100, duration: 900 },
  'sign-up': { points: 100, duration: 3600 },
  refresh: { points: 600, duration: 60 },
} as const;

type Limit = keyof typeof LIMITS;

/** Slows down guessing. All limits count per network (see {@link networkOf}). */
@Injectable()
export class RateLimits {
  private readonly limiters: ReadonlyMap<Limit, RateLimiterMemory>;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly events: SecurityEvents,
  ) {
    const names = Object.keys(LIMITS) as Limit[];
    this.limiters = new Map(names.map((name) => [name, new RateLimiterMemory({ keyPrefix: name, ...LIMITS[name] })]));
  }

  /** @throws DomainError `rate_limited` */
  async countSignUp(): Promise<void> {
    await this.take('sign-up', network());
  }

  /** @throws DomainError `rate_limited` */
  async countRefresh(): Promise<void> {
    await this.take('refresh', network());
  }

  /**
   * Runs a check of a password. A guess is counted before the check and given back if it was right or could not be
   * made: thirty guesses at once have the same budget as thirty in a row.
   * @throws DomainError `rate_limited`, and what `check` throws
   */
  async guess<T>(loginName: string, check: () => Promise<T | undefined>): Promise<T | undefined> {
    // A hash: names are as long as anybody likes to send, and are nobody's business in a shared store.
    const account = createHash('sha256').update(loginName.toLowerCase()).digest('base64url');
    const taken: [Limit, string][] = [];
    let wrong = false;
    try {
      for (const [limit, key] of [
        ['login-account', `${account}@${network()}`],
        ['login-network', network()],
      ] as const) {
        await this.take(limit, key);
        taken.push([limit, key]);
      }
      const outcome = await check();
      wrong = outcome === undefined;
      return outcome;
    } catch (error) {
      wrong = error instanceof DomainError && error.code === 'unknown_username';
      throw error;
    } finally {
      if (!wrong) await this.giveBack(taken);
    }
  }

  private async take(limit: Limit, key: string): Promise<void> {
    if (!this.config.rateLimitEnabled) return;
    try {
      await this.limiters.get(limit)?.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      this.events.record('login.throttled', { limit });
      const retryAfterSeconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new DomainError('rate_limited', `Too many attempts; try again in ${retryAfterSeconds} seconds`, {
        retryAfterSeconds,
      });
    }
  }

  private async giveBack(taken: readonly [Limit, string][]): Promise<void> {
    if (!this.config.rateLimitEnabled) return;
    for (const [limit, key] of taken) await this.limiters.get(limit)?.reward(key);
  }
}

function network(): string {
  return networkOf(requestContext.getStore()?.ip ?? 'here');
}
