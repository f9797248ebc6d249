import { Injectable } from '@nestjs/common';
import type { Caller } from '../../common/caller.js';
import { rateLimited } from '../../common/domain-error.js';
import { KnownNetworks } from '../known-networks/known-networks.js';
import { SecurityEvents } from '../security-events/security-events.js';
import { accountKey, type GuessTarget } from './account-key.js';
import { FailureCounts } from './failure-counts.js';
import type { GuessOutcome, Guess } from './guess.js';

/** NIST SP 800-63B-4, section 3.2.2. */
const CONSECUTIVE_FAILURES_MAX = 100;
const PAUSE_SECONDS = 3600;

/**
 * The ceiling of consecutive wrong passwords for one account, over all networks. Beyond it, a network from which its
 * user has not logged in lately gets one guess an hour; networks from which the user has are not affected, so that no
 * stranger can lock an owner out of them. A name without an account is counted and refused in the same way, with the
 * same statements.
 */
@Injectable()
export class FailureCeiling {
  constructor(
    private readonly failures: FailureCounts,
    private readonly networks: KnownNetworks,
    private readonly events: SecurityEvents,
  ) {}

  /**
   * Counts a guess as a failure until it is settled, so that concurrent guesses share the ceiling of sequential ones.
   * @throws DomainError `rate_limited`
   */
  async begin(target: GuessTarget, caller: Caller): Promise<Guess> {
    const account = accountKey(target);
    const count = await this.failures.add(account);
    try {
      const isPausing = count >= CONSECUTIVE_FAILURES_MAX && !(await this.isExempt(target, caller, count));
      const waitMs = isPausing ? await this.failures.pause(account, PAUSE_SECONDS) : 0;
      // The last guess below the ceiling starts the first pause.
      if (waitMs > 0 && count > CONSECUTIVE_FAILURES_MAX) throw this.refusal(account, waitMs);
      return { settle: (outcome) => this.settle(account, outcome, { count, isPausing }) };
    } catch (error) {
      await this.failures.giveBack(account);
      throw error;
    }
  }

  /** Forgets the failures of a user whose password was reset. */
  async clear(userId: string): Promise<void> {
    await this.failures.clear(accountKey({ userId }));
  }

  private async isExempt(target: GuessTarget, caller: Caller, count: number): Promise<boolean> {
    if (count === CONSECUTIVE_FAILURES_MAX) return false;
    return this.networks.isKnown('userId' in target ? target.userId : undefined, caller);
  }

  private async settle(
    account: string,
    outcome: GuessOutcome,
    { count, isPausing }: { readonly count: number; readonly isPausing: boolean },
  ): Promise<void> {
    const isBeyond = count > CONSECUTIVE_FAILURES_MAX;
    if (outcome === 'wrong') {
      if (isBeyond || isPausing) await this.failures.pauseAgain(account, PAUSE_SECONDS);
    } else if (outcome === 'right' && !(isBeyond && isPausing)) {
      await this.failures.clear(account);
    } else {
      await this.failures.giveBack(account);
      if (isPausing) await this.failures.endPause(account);
    }
  }

  private refusal(account: string, waitMs: number): Error {
    const seconds = Math.ceil(waitMs / 1000);
    this.events.recordOnce(`failure-ceiling ${account}`, seconds, 'login.throttled', { limit: 'failure-ceiling' });
    return rateLimited(seconds);
  }
}
