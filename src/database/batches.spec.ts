import { describe, expect, it } from 'vitest';
import { Batches } from './batches.js';

describe('batches', () => {
  it('run until one finds fewer rows than it may take', async () => {
    const found = [3, 3, 2, 3];
    expect(await new Batches().run(3, async () => found.shift() ?? 0)).toBe(8);
    expect(found).toEqual([3]);
  });

  it('end with the one in hand at shutdown, which waits for it', async () => {
    const batches = new Batches();
    const order: string[] = [];
    let finish: (rows: number) => void = () => undefined;
    const inHand = new Promise<number>((resolve) => (finish = resolve));
    const work = batches.run(3, () => inHand).then((rows) => order.push(`returned ${rows}`));
    batches.onModuleDestroy();
    const shutdown = batches.beforeApplicationShutdown().then(() => order.push('shut down'));
    finish(3);
    await Promise.all([work, shutdown]);
    expect(order).toEqual(['returned 3', 'shut down']);
    expect(await batches.run(3, () => Promise.reject(new Error('begun after shutdown')))).toBe(0);
  });

  it('that fail fail their caller, and do not stop the shutdown', async () => {
    const batches = new Batches();
    const work = batches.run(3, () => Promise.reject(new Error('no database')));
    const shutdown = batches.beforeApplicationShutdown();
    await expect(work).rejects.toThrow('no database');
    await shutdown;
  });
});
