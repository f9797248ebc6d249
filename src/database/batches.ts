import { setTimeout as pause } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, type OnModuleDestroy } from '@nestjs/common';

/**
 * Background work on more rows than one transaction should touch, in batches. Shutdown waits for the batch in hand, and
 * none begins after it.
 */
@Injectable()
export class Batches implements OnModuleDestroy, BeforeApplicationShutdown {
  private readonly running = new Set<Promise<number>>();
  private isStopping = false;

  /**
   * Calls `batch`, which returns how many rows it found, until it finds fewer than `size`. Pauses after each for as long as
   * it took, which leaves half of the database's time to requests. Returns the number of all rows.
   */
  async run(size: number, batch: () => Promise<number>): Promise<number> {
    const work = this.untilFewerThan(size, batch);
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
    }
  }

  onModuleDestroy(): void {
    this.isStopping = true;
  }

  async beforeApplicationShutdown(): Promise<void> {
    // A job that fails reports it itself.
    await Promise.allSettled(this.running);
  }

  private async untilFewerThan(size: number, batch: () => Promise<number>): Promise<number> {
    let total = 0;
    while (!this.isStopping) {
      const startedAt = performance.now();
      const rows = await batch();
      total += rows;
      if (rows < size) break;
      await pause(performance.now() - startedAt);
    }
    return total;
  }
}
