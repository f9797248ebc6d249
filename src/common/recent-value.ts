import type { Clock } from './clock.js';

/**
 * Caches a value that is expensive to read. It is read again when it is older than `maxAgeMs`; concurrent callers share
 * one read.
 */
export class RecentValue<T> {
  private last: { readonly value: T; readonly readAt: number } | undefined;
  private reading: Promise<void> | undefined;

  /**
   * @param failed is called with the error when `read` rejects
   * @param limits.patienceMs how long a caller waits for `read`
   */
  constructor(
    private readonly clock: Clock,
    private readonly read: () => Promise<T>,
    private readonly failed: (error: unknown) => void,
    private readonly limits: { readonly maxAgeMs: number; readonly patienceMs: number },
  ) {}

  /** The latest value, or undefined before the first. Never fails: if reading fails or times out, the previous value. */
  async latest(): Promise<T | undefined> {
    const { maxAgeMs, patienceMs } = this.limits;
    const ageMs = this.last ? this.clock.now().getTime() - this.last.readAt : Infinity;
    if (ageMs >= 0 && ageMs < maxAgeMs) return this.last?.value;
    this.reading ??= this.renew().finally(() => (this.reading = undefined));
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([this.reading, enough]);
    clearTimeout(timer);
    return this.last?.value;
  }

  private async renew(): Promise<void> {
    const readAt = this.clock.now().getTime();
    try {
      this.last = { value: await this.read(), readAt };
    } catch (error) {
      this.failed(error);
    }
  }
}
