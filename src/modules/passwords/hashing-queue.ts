import { DomainError } from '../../common/domain-error.js';

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
 * Runs a bounded number of hashes at a time, queues a bounded number, and refuses the rest at once, so that a flood of
 * logins neither starves everything else of the CPU nor fills the memory.
 */
export class HashingQueue {
  private running = 0;
  private shed = 0;
  private readonly waiting: Waiting[] = [];
  private readonly background: (() => void)[] = [];
  private runsInBackground = false;

  constructor(
    private readonly concurrency: number,
    private readonly queueMax: number,
  ) {}

  /** Running and waiting hashes, and how many were refused since the start. */
  stats(): HashingStats {
    return { running: this.running, waiting: this.waiting.length, shed: this.shed };
  }

  /**
   * Runs `work` when its turn comes, unless `isWanted` is false by then.
   * @throws DomainError `overloaded` when the queue is full, `request_timeout` when the work was no longer wanted
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

  /**
   * Runs `work` when no caller waits and a place is free, one at a time: an import takes no turn from a login, and holds
   * at most one place of the queue.
   */
  async runInBackground<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.background.push(start);
      this.startBackground();
    });
    try {
      return await work();
    } finally {
      this.runsInBackground = false;
      this.next();
    }
  }

  private turn(isWanted: () => boolean): Promise<void> {
    if (this.waiting.length >= this.queueMax) {
      this.shed++;
      throw new DomainError('overloaded', { retryAfterSeconds: 2 });
    }
    return new Promise((start, abandon) => this.waiting.push({ start, abandon, isWanted }));
  }

  /** Gives the place of finished work to the next one in the queue. */
  private next(): void {
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      if (next.isWanted()) return next.start();
      next.abandon(new DomainError('request_timeout'));
    }
    this.running--;
    this.startBackground();
  }

  /** A free place means that no caller waits. */
  private startBackground(): void {
    if (this.runsInBackground || this.running >= this.concurrency) return;
    const start = this.background.shift();
    if (!start) return;
    this.runsInBackground = true;
    this.running++;
    start();
  }
}
