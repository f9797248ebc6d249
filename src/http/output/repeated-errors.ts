import { Logger } from '@nestjs/common';

/** For how long errors of the same kind are counted instead of logged. */
export const REPEATED_MS = 10_000;

/**
 * Keeps an outage from filling the disk: the first error of a kind is logged in full, the following ones are counted for
 * ten seconds and logged as one line.
 */
export class RepeatedErrors {
  private readonly logger = new Logger('RepeatedErrors');
  private readonly counts = new Map<string, number>();

  /** Whether to log an error of this kind. There are as many kinds as error codes, never as many as requests. */
  isFirst(kind: string): boolean {
    const count = this.counts.get(kind);
    if (count === undefined) {
      this.counts.set(kind, 0);
      setTimeout(() => this.report(kind), REPEATED_MS).unref();
      return true;
    }
    this.counts.set(kind, count + 1);
    return false;
  }

  /** Logs what has been counted, which is less than ten seconds' worth, before the server ends. */
  close(): void {
    for (const kind of this.counts.keys()) this.report(kind);
  }

  private report(kind: string): void {
    const requests = this.counts.get(kind) ?? 0;
    this.counts.delete(kind);
    if (requests > 0) {
      this.logger.warn({ msg: 'More requests failed', code: kind, requests, seconds: REPEATED_MS / 1000 });
    }
  }
}
