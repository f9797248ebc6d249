import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '../../common/clock.js';
import { RateLimitStore } from './rate-limit-store.js';

const KEPT_MS = 30 * 86_400_000;
/** Of the accounts and names that are guessed at, memory keeps the latest. */
const IN_MEMORY_MAX = 100_000;

const ADD = `
local failures = redis.call('incr', KEYS[1])
redis.call('pexpire', KEYS[1], ARGV[1])
return failures`;
const GIVE_BACK = `
if tonumber(redis.call('get', KEYS[1]) or '0') > 0 then redis.call('decr', KEYS[1]) end`;
const CLEAR = `redis.call('del', KEYS[1], KEYS[2])`;
const PAUSE = `
local left = redis.call('pttl', KEYS[2])
if left <= 0 or ARGV[2] == 'again' then redis.call('set', KEYS[2], 1, 'PX', ARGV[1]) end
return left`;
const END_PAUSE = `redis.call('del', KEYS[2])`;

interface Failures {
  count: number;
  pausedUntil: number;
}

/**
 * Counts consecutive wrong passwords, and pauses guesses, per account: in Redis for all instances, or else in the memory
 * of this one. Both forget an account 30 days after its last wrong password.
 */
@Injectable()
export class FailureCounts {
  private readonly inMemory: LRUCache<string, Failures>;

  constructor(
    private readonly store: RateLimitStore,
    private readonly clock: Clock,
  ) {
    const perf = { now: () => clock.now().getTime() };
    this.inMemory = new LRUCache({ max: IN_MEMORY_MAX, ttl: KEPT_MS, ttlResolution: 0, perf });
  }

  /** Counts one more failure, and returns how many there are. */
  add(account: string): Promise<number> {
    return this.run(ADD, account, [KEPT_MS], () => {
      const { count, pausedUntil } = this.of(account);
      this.inMemory.set(account, { count: count + 1, pausedUntil });
      return count + 1;
    });
  }

  /** Undoes {@link add}. */
  async giveBack(account: string): Promise<void> {
    await this.run(GIVE_BACK, account, [], () => {
      const failures = this.inMemory.get(account);
      if (failures && failures.count > 0) failures.count--;
    });
  }

  /** Forgets the failures, and ends the pause. */
  async clear(account: string): Promise<void> {
    await this.run(CLEAR, account, [], () => void this.inMemory.delete(account));
  }

  /** Pauses guesses unless they are paused already. Returns how many milliseconds they still were, or 0. */
  async pause(account: string, seconds: number): Promise<number> {
    const left = await this.run(PAUSE, account, [seconds * 1000, 'unless paused'], () => {
      const now = this.clock.now().getTime();
      const failures = this.of(account);
      const before = failures.pausedUntil - now;
      if (before <= 0) this.inMemory.set(account, { ...failures, pausedUntil: now + seconds * 1000 });
      return before;
    });
    return Math.max(0, left);
  }

  /** Pauses guesses from now on, also where they are paused already. */
  async pauseAgain(account: string, seconds: number): Promise<void> {
    await this.run(PAUSE, account, [seconds * 1000, 'again'], () => {
      const pausedUntil = this.clock.now().getTime() + seconds * 1000;
      this.inMemory.set(account, { ...this.of(account), pausedUntil });
      return 0;
    });
  }

  async endPause(account: string): Promise<void> {
    await this.run(END_PAUSE, account, [], () => {
      const failures = this.inMemory.get(account);
      if (failures) failures.pausedUntil = 0;
    });
  }

  private run<T>(script: string, account: string, values: (string | number)[], inMemory: () => T): Promise<T> {
    // The braces keep both keys on one node of a cluster.
    const key = `stagedoor:failures:{${account}}`;
    return this.store.run(script, { keys: [key, `${key}:pause`], arguments: values.map(String) }, inMemory);
  }

  private of(account: string): Failures {
    return this.inMemory.get(account) ?? { count: 0, pausedUntil: 0 };
  }
}
