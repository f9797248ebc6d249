import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { addSeconds, Clock } from '../../common/clock.js';
import { DomainError } from '../../common/domain-error.js';
import { canonicalEmail } from '../../common/email.js';
import { requestContext } from '../../common/request-context.js';
import { CONFIG, type Config } from '../../config/env.js';
import type { SecurityEventName } from '../security-events/security-event.js';
import { SecurityEvents } from '../security-events/security-events.service.js';
import { Counters } from './counters.js';
import { networkOf } from './network.js';

/** What may be done how often: `points` in `duration` seconds. */
const LIMITS = {
  /** Wrong passwords for one account from one network: a stranger elsewhere does not use up the owner's. */
  'login-account': { points: 10, duration: 900 },
  /** Wrong passwords from one network, whatever the account. */
  'login-network': { points: 100, duration: 900 },
  'sign-up': { points: 100, duration: 3600 },
  refresh: { points: 600, duration: 60 },
  /** Calls with one API key, from wherever. */
  'api-key': { points: 6000, duration: 60 },
} as const;

type Limit = keyof typeof LIMITS;

/** What is told when one of them is used up. */
const THROTTLED: Readonly<Record<Limit, SecurityEventName>> = {
  'login-account': 'login.throttled',
  'login-network': 'login.throttled',
  'sign-up': 'sign_up.throttled',
  refresh: 'refresh.throttled',
  'api-key': 'api_key.throttled',
};

/** Whose password is guessed: somebody's, or nobody's by a name that was typed. */
export type Guessed = { readonly userId: string } | { readonly unknownName: string };

/** One count: of what, and whose. */
type Count = readonly [Limit, key: string];

const TOLD_MAX = 1000;

/** Slows down guessing and floods. Limits count per network (see {@link networkOf}), that of an API key per key. */
@Injectable()
export class RateLimits {
  private readonly limiters: ReadonlyMap<Limit, RateLimiterAbstract>;
  /** Guesses of this instance that may be counted, and are not yet known to be wrong. */
  private readonly undecided = new Map<string, number>();
  /** Until when the log has been told of a count that is used up: a flood makes no flood of events. */
  private readonly toldUntil = new Map<string, Date>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clock: Clock,
    private readonly events: SecurityEvents,
    counters: Counters,
  ) {
    const names = Object.keys(LIMITS) as Limit[];
    this.limiters = new Map(names.map((name) => [name, counters.limiter(name, LIMITS[name])]));
  }

  /** @throws DomainError `rate_limited` */
  async countSignUp(): Promise<void> {
    if (this.config.rateLimitEnabled) await this.take(['sign-up', network()]);
  }

  /** @throws DomainError `rate_limited` */
  async countRefresh(): Promise<void> {
    if (this.config.rateLimitEnabled) await this.take(['refresh', network()]);
  }

  /** @throws DomainError `rate_limited` */
  async countKeyUse(keyId: string): Promise<void> {
    if (this.config.rateLimitEnabled) await this.take(['api-key', keyId]);
  }

  /**
   * Runs a check of a password. A guess is counted before the check, and given back if it was right, was refused, or
   * could not be made: thirty guesses at once have the same budget as thirty in a row, and only wrong passwords use it.
   * An account has one budget by whatever name it is called; a name that is nobody's has as much.
   * @throws DomainError `rate_limited`, and what `check` throws
   */
  async guess<T>(guessed: Guessed, check: () => Promise<T | undefined>): Promise<T | undefined> {
    if (!this.config.rateLimitEnabled) return check();
    const from = network();
    const counts: Count[] = [
      ['login-account', `${accountKey(guessed)}@${from}`],
      ['login-network', from],
    ];
    const taken: Count[] = [];
    let wrong = false;
    try {
      for (const count of counts) {
        taken.push(count);
        this.nowUndecided(count, 1);
        await this.take(count);
      }
      const outcome = await check();
      wrong = outcome === undefined;
      return outcome;
    } finally {
      // In one turn: whoever asks the store from now on is told a count without those given back.
      for (const count of taken) this.nowUndecided(count, -1);
      if (!wrong) await Promise.all(taken.map(async ([limit, key]) => this.limiters.get(limit)?.reward(key)));
    }
  }

  private async take(count: Count): Promise<void> {
    const [limit, key] = count;
    // Those that the store will count: by the time its answer is here, some of them are decided.
    const undecided = this.undecided.get(count.join()) ?? 0;
    try {
      await this.limiters.get(limit)?.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw this.refuse(count, refusal, undecided);
    }
  }

  private refuse(count: Count, { consumedPoints, msBeforeNext }: RateLimiterRes, undecided: number): DomainError {
    const [limit, key] = count;
    // Where guesses under way have taken the rest, it may be given back in a moment.
    const certain = consumedPoints - undecided >= LIMITS[limit].points;
    const retryAfterSeconds = certain || limit === 'api-key' ? Math.max(1, Math.ceil(msBeforeNext / 1000)) : 1;
    const now = this.clock.now();
    if (certain && (this.toldUntil.get(count.join()) ?? now) <= now) {
      if (this.toldUntil.size >= TOLD_MAX) this.toldUntil.clear();
      this.toldUntil.set(count.join(), addSeconds(now, retryAfterSeconds));
      this.events.record(THROTTLED[limit], limit === 'api-key' ? { keyId: key } : { limit });
    }
    return new DomainError('rate_limited', `Too many attempts; try again in ${retryAfterSeconds} seconds`, {
      retryAfterSeconds,
    });
  }

  private nowUndecided(count: Count, change: 1 | -1): void {
    const left = (this.undecided.get(count.join()) ?? 0) + change;
    if (left > 0) this.undecided.set(count.join(), left);
    else this.undecided.delete(count.join());
  }
}

/** A hash: names are as long as anybody likes to send, and are nobody's business in a shared store. */
function accountKey(guessed: Guessed): string {
  const text =
    'userId' in guessed
      ? `account ${guessed.userId}`
      : `name ${canonicalEmail(guessed.unknownName) ?? guessed.unknownName.toLowerCase()}`;
  return createHash('sha256').update(text).digest('base64url');
}

function network(): string {
  return networkOf(requestContext.getStore()?.ip ?? 'here');
}
