import { DomainError } from '../../../common/domain-error.js';

interface Waiting {
  readonly start: () => void;
  readonly abandon: (error: DomainError) => void;
  readonly isWanted: () => boolean;
}

export interface HashingStats {
  readonly running: number;
  readonly waiting: number;
  readonly shed: number;
}

/**
 * Admits so many hashes at a time, lets so many wait, and turns the rest away at once: a flood of logins must not
 * starve everything else of the processor, nor pile up in memory.
 */
export class HashingQueue {
  private running = 0;
  private shed = 0;
  private readonly waiting: Waiting[] = [];

  constructor(
    private readonly concurrency: number,
    private readonly queueMax: number,
  ) {}

  /** How it stands: hashes under way, callers in line, and how many were turned away since the start. */
  stats(): HashingStats {
    return { running: this.running, waiting: this.waiting.length, shed: this.shed };
  }

  /**
   * Runs `work` when its turn comes; not at all if `isWanted` says by then that nobody waits for it.
   * @throws DomainError `overloaded` when the queue is full, `request_timeout` when nobody waits any more
   */
  async run<T>(work: () => Promise<T>, isWanted: () => boolean): Promise<T> {
    if (this.running >= this.concurrency) await this.turn(isWanted);
    else this.running++;
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private turn(isWanted: () => boolean): Promise<void> {
    if (this.waiting.length >= this.queueMax) {
      this.shed++;
      throw new DomainError('overloaded', 'Too many logins at this moment; try again', { retryAfterSeconds: 2 });
    }
    return new Promise((start, abandon) => this.waiting.push({ start, abandon, isWanted }));
  }

  /** Hands the place of the work that ended to the next in line. */
  private next(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      if (next.isWanted()) return next.start();
      next.abandon(new DomainError('request_timeout', 'The caller hung up before its turn'));
    }
    this.running--;
  }
}
