import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Counts in memory. A key whose points were all given back is deleted at once instead of at the end of its window, so
 * that logins that are refused, each with a new name, do not fill the memory.
 */
export class MemoryLimiter extends RateLimiterMemory {
  /** Keys that a point was just taken from, until the caller knows. */
  private readonly consuming = new Set<string>();

  override async consume(...[key, ...rest]: Parameters<RateLimiterMemory['consume']>): Promise<RateLimiterRes> {
    const name = String(key);
    this.consuming.add(name);
    try {
      return await super.consume(key, ...rest);
    } finally {
      this.consuming.delete(name);
    }
  }

  override async reward(...[key, ...rest]: Parameters<RateLimiterMemory['reward']>): Promise<RateLimiterRes> {
    const left = await super.reward(key, ...rest);
    // The count is that of the call; a point may have been taken since then.
    if (left.consumedPoints <= 0 && !this.consuming.has(String(key))) await this.delete(key);
    return left;
  }
}
