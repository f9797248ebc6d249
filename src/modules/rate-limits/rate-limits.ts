import { Inject, Injectable } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import type { Caller } from '../../common/caller.js';
import { DomainError, rateLimited } from '../../common/domain-error.js';
import { requestContext } from '../../common/request-context.js';
import { CONFIG, type Config } from '../../config/config.js';
import type { RateLimitName, RateLimitRule } from '../../config/rate-limit-settings.js';
import type { SecurityEventName } from '../security-events/security-event.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { accountKey, type GuessTarget } from './account-key.js';
import { FailureCeiling } from './failure-ceiling.js';
import type { GuessOutcome, Guess } from './guess.js';
import { RateLimitStore } from './rate-limit-store.js';

/** The limits that count requests rather than guesses; not `session`, of which clients see nothing before it is reached. */
export type SimpleLimit = Exclude<RateLimitName, 'login-account' | 'login-network' | 'unknown-key' | 'session'>;

/** The security event of a limit that is reached. */
const EVENTS: Readonly<Record<RateLimitName, SecurityEventName>> = {
  'login-account': 'login.throttled',
  'login-network': 'login.throttled',
  'sign-up': 'sign_up.throttled',
  refresh: 'refresh.throttled',
  'api-key': 'api_key.throttled',
  forgot: 'account_recovery.throttled',
  resend: 'account_recovery.throttled',
  undo: 'account_recovery.throttled',
  code: 'account_recovery.throttled',
  'address-change': 'account_recovery.throttled',
  session: 'session.throttled',
  'costly-write': 'session.throttled',
  'unknown-key': 'api_key.throttled',
  'passkey-options': 'login.throttled',
  passkey: 'login.throttled',
};

/** What the key of a limit is, where it is something that an event can name. */
const SUBJECTS: Readonly<Partial<Record<RateLimitName, 'keyId' | 'sessionId' | 'userId'>>> = {
  'api-key': 'keyId',
  session: 'sessionId',
  'costly-write': 'sessionId',
};

/** The names of limits that clients see, where they are not those of the settings. */
const SHOWN_NAMES: Readonly<Partial<Record<RateLimitName, string>>> = { 'login-account': 'login' };

/** Limits that no client comes near: what is left of them is not shown until nothing is. */
const UNSHOWN: ReadonlySet<RateLimitName> = new Set(['session', 'costly-write']);

const UNLIMITED_GUESS: Guess = { settle: () => Promise.resolve() };

/** What one point is taken from: a limit, and the account, network or key that it counts for. */
type Count = readonly [RateLimitName, key: string];

/** What is left of a limit. */
type Rest = Pick<RateLimiterRes, 'remainingPoints' | 'msBeforeNext'>;

/** A point that is taken, and may be given back. */
interface Taken {
  readonly count: Count;
  readonly rest: Rest | undefined;
}

/**
 * Limits password guesses per account and network; sign-ups, refreshes, account recovery, passkeys and lookups of unknown
 * API keys per network; requests per API key and session; costly writes per session; changes of address per user.
 */
@Injectable()
export class RateLimits {
  private readonly limiters: ReadonlyMap<RateLimitName, RateLimiterAbstract>;
  /** How many guesses of this instance are counted and not settled yet. */
  private readonly unsettled = new Map<string, number>();

  /** Requests that this instance refused, by limit. */
  private readonly refusals = new Map<RateLimitName, number>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly events: SecurityEvents,
    private readonly ceiling: FailureCeiling,
    store: RateLimitStore,
  ) {
    const rules = Object.entries(config.rateLimits) as [RateLimitName, RateLimitRule][];
    this.limiters = new Map(rules.map(([limit, rule]) => [limit, store.limiter(limit, rule)]));
  }

  /** Counts a request of a network, user, session or API key, which is `key`. @throws DomainError `rate_limited` */
  async count(limit: SimpleLimit, key: string): Promise<void> {
    if (this.config.rateLimitEnabled) await this.takeForGood([limit, key]);
  }

  /** @throws DomainError `rate_limited` */
  async countSessionUse(sessionId: string): Promise<void> {
    if (this.config.rateLimitEnabled) await this.take(['session', sessionId]);
  }

  /**
   * Counts the lookup of an API key that is not cached, before it is made. Only a `wrong` key, one that does not exist,
   * uses the budget up.
   * @throws DomainError `rate_limited`
   */
  async beginKeyLookup(caller: Caller): Promise<Guess> {
    if (!this.config.rateLimitEnabled) return UNLIMITED_GUESS;
    const taken = await this.takeAll([['unknown-key', caller.network]]);
    return { settle: (outcome) => this.settle(taken, outcome) };
  }

  /**
   * Counts a password guess before the password is compared, so that thirty guesses at once have the same budget as
   * thirty in a row. Only wrong passwords use the budget up: see {@link Guess.settle}. An account has one budget,
   * whichever of its names is used; a name without an account has the same.
   * @throws DomainError `rate_limited`
   */
  async begin(target: GuessTarget, caller: Caller): Promise<Guess> {
    if (!this.config.rateLimitEnabled) return UNLIMITED_GUESS;
    const counts: Count[] = [
      // The network first: one that is refused adds no counts of accounts.
      ['login-network', caller.network],
      ['login-account', `${accountKey(target)}@${caller.network}`],
    ];
    const taken = await this.takeAll(counts);
    try {
      const guess = await this.ceiling.begin(target, caller);
      return {
        settle: async (outcome) => void (await Promise.all([this.settle(taken, outcome), guess.settle(outcome)])),
      };
    } catch (error) {
      await this.settle(taken, 'unmade');
      const seconds = error instanceof DomainError ? error.retryAfterSeconds : undefined;
      if (seconds !== undefined) this.show('login-account', { remainingPoints: 0, msBeforeNext: seconds * 1000 });
      throw error;
    }
  }

  /** Forgets the wrong passwords of a user whose password was reset. */
  async clearFailures(userId: string): Promise<void> {
    if (this.config.rateLimitEnabled) await this.ceiling.clear(userId);
  }

  /** How many requests this instance refused, by limit. */
  stats(): ReadonlyMap<RateLimitName, number> {
    return this.refusals;
  }

  /** Takes a point from each, or from none. */
  private async takeAll(counts: readonly Count[]): Promise<readonly Taken[]> {
    const taken: Taken[] = [];
    try {
      for (const count of counts) {
        this.changeUnsettled(count, 1);
        taken.push({ count, rest: undefined });
        const rest = await this.take(count);
        taken.splice(-1, 1, { count, rest });
      }
      return taken;
    } catch (error) {
      await this.settle(taken, 'unmade');
      throw error;
    }
  }

  private async settle(taken: readonly Taken[], outcome: GuessOutcome): Promise<void> {
    // Synchronously: a request that reaches the store from now on sees a count without the guesses given back.
    for (const { count } of taken) this.changeUnsettled(count, -1);
    const rests = taken.map(async ({ count: [limit, key], rest }) => {
      const left = outcome === 'wrong' ? rest : await this.limiters.get(limit)?.reward(key);
      // The lookup of a key that exists counts for nothing.
      if (outcome === 'wrong' || limit !== 'unknown-key') this.show(limit, left);
    });
    await Promise.all(rests);
  }

  private async takeForGood(count: Count): Promise<void> {
    this.show(count[0], await this.take(count));
  }

  private async take(count: Count): Promise<Rest | undefined> {
    const [limit, key] = count;
    // Read before the store counts: some of these guesses are settled by the time it answers.
    const unsettled = this.unsettled.get(count.join()) ?? 0;
    try {
      return await this.limiters.get(limit)?.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw this.refuse(count, refusal, unsettled);
    }
  }

  private refuse(count: Count, { consumedPoints, msBeforeNext }: RateLimiterRes, unsettled: number): DomainError {
    const [limit, key] = count;
    this.refusals.set(limit, (this.refusals.get(limit) ?? 0) + 1);
    // Points taken by unsettled guesses may be given back in a moment.
    const isExhausted = consumedPoints - unsettled >= this.config.rateLimits[limit].points;
    const retryAfterSeconds = isExhausted ? Math.max(1, Math.ceil(msBeforeNext / 1000)) : 1;
    if (isExhausted) {
      const name = SUBJECTS[limit];
      const details = { ...(name && { [name]: key }), ...(name !== 'keyId' && { limit }) };
      this.events.recordOnce(`limit ${count.join()}`, retryAfterSeconds, EVENTS[limit], details);
    }
    this.show(limit, { remainingPoints: 0, msBeforeNext: retryAfterSeconds * 1000 });
    return rateLimited(retryAfterSeconds);
  }

  /** Records for the response what is left of a limit, unless another limit of this request will be reached first. */
  private show(limit: RateLimitName, rest: Rest | undefined): void {
    const context = requestContext.getStore();
    if (!rest || !context || (UNSHOWN.has(limit) && rest.remainingPoints > 0)) return;
    const { points, duration } = this.config.rateLimits[limit];
    // A guess that is given back after the end of its window adds to the next one.
    const remaining = Math.min(rest.remainingPoints, points);
    if (context.rateLimit && context.rateLimit.remaining <= remaining) return;
    const resetSeconds = Math.max(1, Math.ceil(rest.msBeforeNext / 1000));
    const name = SHOWN_NAMES[limit] ?? limit;
    context.rateLimit = { name, points, durationSeconds: duration, remaining, resetSeconds };
  }

  private changeUnsettled(count: Count, change: 1 | -1): void {
    const left = (this.unsettled.get(count.join()) ?? 0) + change;
    if (left > 0) this.unsettled.set(count.join(), left);
    else this.unsettled.delete(count.join());
  }
}
