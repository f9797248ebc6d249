import { Logger } from '@nestjs/common';

/** For how long errors of the same kind are counted instead of logged. */
export const REPEATED_MS = 10_000;

/**
 * Keeps an outage from filling the disk: the first error of a kind is logged in full, the following ones are counted for
 * ten seconds and logged as one line.
 */
export class RepeatedErrors {
  private readonly logger = new Logger('RepeatedErrors');
  private readonly counted = new Map<string, { requests: number; readonly timer: NodeJS.Timeout }>();

  /** Whether to log an error of this kind. There are as many kinds as error codes, never as many as requests. */
  isFirst(kind: string): boolean {
    const counted = this.counted.get(kind);
    if (counted) {
      counted.requests++;
      return false;
    }
    this.counted.set(kind, { requests: 0, timer: setTimeout(() => this.report(kind), REPEATED_MS).unref() });
    return true;
  }

  /** Logs what has been counted, before the server ends. */
  close(): void {
    for (const [kind, { timer }] of this.counted) {
      clearTimeout(timer);
      this.report(kind);
    }
  }

  private report(kind: string): void {
    const requests = this.counted.get(kind)?.requests ?? 0;
    this.counted.delete(kind);
    if (requests > 0) {
      this.logger.warn({ msg: 'More requests failed', code: kind, requests, seconds: REPEATED_MS / 1000 });
    }
  }
}
