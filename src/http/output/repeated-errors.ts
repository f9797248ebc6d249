import { Logger } from '@nestjs/common';

/** For how long errors of the same kind are counted instead of logged. */
export const REPEATED_MS = 10_000;

/** Errors of a kind that were not logged. */
interface Repeated {
  requests: number;
  /** By the monotonic clock, in milliseconds. */
  readonly since: number;
}

/**
 * Keeps an outage from filling the disk: the first error of a kind is logged in full, the following ones are counted for
 * ten seconds and logged as one line.
 */
export class RepeatedErrors {
  private readonly logger = new Logger('RepeatedErrors');
  private readonly kinds = new Map<string, Repeated>();

  /** Whether to log an error of this kind. There are as many kinds as error codes, never as many as requests. */
  isFirst(kind: string): boolean {
    const repeated = this.kinds.get(kind);
    if (repeated) {
      repeated.requests++;
      return false;
    }
    this.kinds.set(kind, { requests: 0, since: performance.now() });
    setTimeout(() => this.report(kind), REPEATED_MS).unref();
    return true;
  }

  /** Logs what has been counted, which is less than ten seconds' worth, before the server ends. */
  close(): void {
    for (const kind of this.kinds.keys()) this.report(kind);
  }

  private report(kind: string): void {
    const repeated = this.kinds.get(kind);
    this.kinds.delete(kind);
    if (!repeated || repeated.requests === 0) return;
    const seconds = Math.round((performance.now() - repeated.since) / 1000);
    this.logger.warn({ msg: 'More requests failed', code: kind, requests: repeated.requests, seconds });
  }
}
