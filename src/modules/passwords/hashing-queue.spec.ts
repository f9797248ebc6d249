import { describe, expect, it } from 'vitest';
import { HashingQueue } from './hashing-queue.js';

const wanted = (): boolean => true;

/** Work that lasts until it is ended. */
function work() {
  const job = { started: false, end: (_: string): void => undefined, fail: (_: Error): void => undefined, run };
  const outcome = new Promise<string>((resolve, reject) => Object.assign(job, { end: resolve, fail: reject }));
  function run(): Promise<string> {
    job.started = true;
    return outcome;
  }
  return job;
}

describe('SECURITY 4: HashingQueue', () => {
  it('runs so many at a time and the rest in the order in which they came', async () => {
    const queue = new HashingQueue(2, 10);
    const jobs = [work(), work(), work(), work()];
    const results = jobs.map((job) => queue.run(job.run, wanted));
    const started = (): boolean[] => jobs.map((job) => job.started);
    expect(started()).toEqual([true, true, false, false]);
    jobs[1]?.end('second');
    await results[1];
    expect(started()).toEqual([true, true, true, false]);
    jobs[0]?.end('first');
    await results[0];
    expect(started()).toEqual([true, true, true, true]);
    jobs[2]?.end('third');
    jobs[3]?.end('fourth');
    expect(await Promise.all(results)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('turns away at once what does not fit, and says when to come back', async () => {
    const queue = new HashingQueue(1, 1);
    const [running, waiting, refused] = [work(), work(), work()];
    const first = queue.run(running.run, wanted);
    const second = queue.run(waiting.run, wanted);
    await expect(queue.run(refused.run, wanted)).rejects.toMatchObject({
      code: 'overloaded',
      retryAfterSeconds: expect.any(Number),
    });
    expect(refused.started).toBe(false);
    running.end('');
    waiting.end('');
    await Promise.all([first, second]);
  });

  it('admits without a queue as many as may run', async () => {
    const queue = new HashingQueue(1, 0);
    const job = work();
    const running = queue.run(job.run, wanted);
    await expect(queue.run(work().run, wanted)).rejects.toMatchObject({ code: 'overloaded' });
    job.end('done');
    expect(await running).toBe('done');
    expect(await queue.run(() => Promise.resolve('next'), wanted)).toBe('next');
  });

  it('does no work for a caller that hung up before its turn, and goes on with the next', async () => {
    const queue = new HashingQueue(1, 10);
    const [running, left, next] = [work(), work(), work()];
    const first = queue.run(running.run, wanted);
    const second = queue.run(left.run, () => false);
    const third = queue.run(next.run, wanted);
    running.end('');
    await expect(second).rejects.toMatchObject({ code: 'request_timeout' });
    await first;
    expect([left.started, next.started]).toEqual([false, true]);
    next.end('third');
    expect(await third).toBe('third');
  });

  it('gives the place free when work fails, whether it throws or rejects', async () => {
    const queue = new HashingQueue(1, 10);
    const failing = work();
    const first = queue.run(failing.run, wanted);
    const second = queue.run(() => {
      throw new Error('at once');
    }, wanted);
    const third = queue.run(() => Promise.resolve('fine'), wanted);
    failing.fail(new Error('later'));
    await expect(first).rejects.toThrow('later');
    await expect(second).rejects.toThrow('at once');
    expect(await third).toBe('fine');
    expect(await queue.run(() => Promise.resolve('and on'), wanted)).toBe('and on');
  });

  it('never runs more at a time than it may, whatever comes when', async () => {
    const queue = new HashingQueue(3, 1000);
    let [running, most] = [0, 0];
    const job = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      await Promise.resolve();
      running--;
    };
    await Promise.allSettled(Array.from({ length: 500 }, (_, i) => queue.run(job, () => i % 7 !== 0)));
    expect(most).toBe(3);
    expect(running).toBe(0);
  });
});

describe('HashingQueue in the background', () => {
  it('takes a free place, one at a time, in order', async () => {
    const queue = new HashingQueue(3, 10);
    const jobs = [work(), work()];
    const results = jobs.map((job) => queue.runInBackground(job.run));
    await Promise.resolve();
    expect(jobs.map((job) => job.started)).toEqual([true, false]);
    expect(queue.stats()).toMatchObject({ running: 1, waiting: 0 });
    jobs[0]?.end('first');
    expect(await results[0]).toBe('first');
    jobs[1]?.end('second');
    expect(await results[1]).toBe('second');
    expect(queue.stats()).toMatchObject({ running: 0, waiting: 0 });
  });

  it('gives way to every caller that waits, also to one that came later', async () => {
    const queue = new HashingQueue(1, 10);
    const [first, background, later] = [work(), work(), work()];
    const results = [queue.run(first.run, wanted), queue.runInBackground(background.run), queue.run(later.run, wanted)];
    first.end('first');
    await results[0];
    expect([later.started, background.started]).toEqual([true, false]);
    later.end('later');
    await results[2];
    background.end('background');
    expect(await results[1]).toBe('background');
    expect(background.started).toBe(true);
  });

  it('gives a caller its place as soon as it ends, before its next piece of work', async () => {
    const queue = new HashingQueue(1, 10);
    const [first, next, caller] = [work(), work(), work()];
    const results = [queue.runInBackground(first.run), queue.runInBackground(next.run)];
    await Promise.resolve();
    const login = queue.run(caller.run, wanted);
    first.fail(new Error('failed'));
    await expect(results[0]).rejects.toThrow('failed');
    expect([caller.started, next.started]).toEqual([true, false]);
    caller.end('caller');
    await login;
    next.end('next');
    expect(await results[1]).toBe('next');
  });
});
