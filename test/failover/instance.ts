import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';
import type { CallOptions, HttpAnswer, HttpClient } from '../support/http-client.js';

/** How long a client waits after a 503. The header asks for longer, which would lighten the load on the failure. */
const RETRY_MS = 100;
const PATIENCE = { timeout: 120_000, interval: 50 };

/** One instance, as its clients see it. */
export class Instance {
  /** Responses that no failure of the database excuses. */
  readonly faults: string[] = [];
  private refusals = 0;
  private goodWrites = 0;
  private lastGoodWriteAt = performance.now();
  private longestGapMs = 0;

  constructor(
    readonly index: number,
    private readonly http: HttpClient,
  ) {}

  /** 503 so far, each with `Retry-After`. */
  get refused(): number {
    return this.refusals;
  }

  /** The longest time without an acknowledged write, in milliseconds, since the last call of this method. */
  takeLongestGapMs(): number {
    const gap = Math.max(this.longestGapMs, performance.now() - this.lastGoodWriteAt);
    this.longestGapMs = 0;
    return gap;
  }

  /** Sends a request. Undefined when it was refused for now. Any other status than those expected is a fault. */
  async send(
    method: string,
    path: string,
    options: CallOptions,
    ...expected: readonly number[]
  ): Promise<HttpAnswer | undefined> {
    const answer = await this.http.call(method, path, options);
    if (expected.includes(answer.status)) return answer;
    if (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0) {
      this.refusals++;
      await pause(RETRY_MS);
      return undefined;
    }
    this.faults.push(`${method} ${path}: ${answer.status} ${answer.text}`);
    return undefined;
  }

  wrote(): void {
    const now = performance.now();
    this.longestGapMs = Math.max(this.longestGapMs, now - this.lastGoodWriteAt);
    this.lastGoodWriteAt = now;
    this.goodWrites++;
  }

  /** Waits until this many more writes were acknowledged. */
  async writes(count: number): Promise<void> {
    await grow(() => this.goodWrites, count, 'acknowledged writes');
  }

  /** Waits until this many more requests were refused. */
  async refuses(count: number): Promise<void> {
    await grow(() => this.refusals, count, 'refusals');
  }
}

async function grow(read: () => number, by: number, what: string): Promise<void> {
  const from = read();
  await vi.waitFor(() => {
    if (read() < from + by) throw new Error(`${read() - from} ${what}, not ${by}`);
  }, PATIENCE);
}
