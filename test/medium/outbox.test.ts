import { getEventListeners } from 'node:events';
import { SchedulerRegistry } from '@nestjs/schedule';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SecretSeal } from '../../src/common/secret-seal.js';
import { ClockOffset } from '../../src/database/clock-offset.js';
import type { Delivery, DueMessage, OutboxHandler } from '../../src/modules/outbox/outbox-handler.js';
import { OutboxQueue } from '../../src/modules/outbox/outbox-queue.js';
import { count, gate, insertAccount } from '../support/accounts.js';
import { TestClock } from '../support/clock.js';
import { onPostgres, openTestDatabase, TEST_SECRET_SEAL, type TestDatabase } from '../support/database.js';
import { type MailInstance, startMailInstance } from '../support/mail-instance.js';
import { recordQueries } from '../support/queries.js';

const HOUR = 3600;
const DAY = 24 * HOUR;
const SENT: Delivery = { outcome: 'sent' };
const DEFERRED: Delivery = { outcome: 'deferred', error: '451' };

interface Row {
  readonly status: string;
  readonly attempts: number;
  readonly recipient: string | null;
  readonly payload: unknown;
  readonly last_error: string | null;
}

let database: TestDatabase;
let clock: TestClock;
let instances: MailInstance[];

beforeEach(async () => {
  database = await openTestDatabase();
  clock = new TestClock();
  instances = [];
  await announce(false);
});
afterEach(async () => {
  vi.useRealTimers();
  for (const instance of instances) await instance.close();
  await database.close();
});

/** Whether instances hear of messages at once. Otherwise they deliver only when a test says so. */
async function announce(isOn: boolean): Promise<void> {
  await database.query(`ALTER TABLE outbox_messages ${isOn ? 'ENABLE' : 'DISABLE'} TRIGGER outbox_messages_announce`);
}

/** An instance that delivers messages of the kind `letter` with this. */
async function start(
  deliver: OutboxHandler['deliver'],
  options: Partial<OutboxHandler> & { on?: TestDatabase; seal?: SecretSeal } = {},
): Promise<MailInstance> {
  const { on = database, seal = TEST_SECRET_SEAL, ...rules } = options;
  const handler = { giveUpAfterSeconds: HOUR, isLimited: false, deliver, ...rules };
  const instance = await startMailInstance({
    ...{ database: on, clock, seal },
    register: (outbox) => outbox.register('letter', handler),
  });
  instances.push(instance);
  return instance;
}

const write = async ({ outbox }: MailInstance, recipient = 'ann@example.com'): Promise<string> =>
  (await outbox.write(database.dataSource.manager, { kind: 'letter', recipient, payload: { a: 1 } })).id;

async function rowOf(id: string): Promise<Row | undefined> {
  const [row] = await database.query<Row>(
    'SELECT status, attempts, recipient, payload, last_error FROM outbox_messages WHERE id = $1',
    [id],
  );
  return row;
}

describe('a message', () => {
  it('is delivered once, and then its recipient and payload are cleared', async () => {
    const delivered: DueMessage[] = [];
    const instance = await start(async (message) => (delivered.push(message), SENT));
    const id = await write(instance);
    await instance.deliver();
    await instance.deliver();
    expect(delivered).toEqual([
      expect.objectContaining({ id, kind: 'letter', recipient: 'ann@example.com', payload: { a: 1 }, userId: null }),
    ]);
    expect(await rowOf(id)).toEqual({ status: 'sent', attempts: 1, recipient: null, payload: null, last_error: null });
  });

  it('leaves no listener on the signal of its attempt, which Node would keep in memory with it', async () => {
    const signals: AbortSignal[] = [];
    const instance = await start(async (_message, signal) => (signals.push(signal), SENT));
    await write(instance);
    await instance.deliver();
    expect(signals.map((signal) => getEventListeners(signal, 'abort'))).toEqual([[]]);
  });

  it('is written by one INSERT, in the transaction of the caller: rolled back, it is never delivered', async () => {
    const delivered: string[] = [];
    const instance = await start(async ({ id }) => (delivered.push(id), SENT));
    const statements = recordQueries(database.dataSource);
    await write(instance);
    expect(statements.map(({ text }) => text.split(' ', 1)[0])).toEqual(['INSERT']);
    const undone = database.transaction(async (manager) => {
      await instance.outbox.write(manager, { kind: 'letter' });
      throw new Error('rolled back');
    });
    await expect(undone).rejects.toThrow('rolled back');
    await instance.deliver();
    expect(delivered).toHaveLength(1);
  });

  it('goes with the person it concerns', async () => {
    const delivered: string[] = [];
    const instance = await start(async ({ id }) => (delivered.push(id), SENT));
    const { id: userId } = await insertAccount(database);
    await instance.outbox.write(database.dataSource.manager, { kind: 'letter', userId });
    await database.query('DELETE FROM users WHERE id = $1', [userId]);
    await instance.deliver();
    expect(delivered).toEqual([]);
  });

  it('has nothing to say: it is done', async () => {
    const instance = await start(async () => ({ outcome: 'skipped' }));
    const id = await write(instance);
    await instance.deliver();
    expect(await rowOf(id)).toMatchObject({ status: 'skipped', recipient: null });
  });

  it('is refused by a kind that no one delivers', async () => {
    const instance = await start(async () => SENT);
    await expect(instance.outbox.write(database.dataSource.manager, { kind: 'other' })).rejects.toThrow('No handler');
    expect(() => instance.outbox.register('letter', instance.outbox.handlerOf('letter'))).toThrow('Two handlers');
  });
});

describe('a failure', () => {
  it('that may pass is tried again after growing pauses, and not before', async () => {
    const attempts: number[] = [];
    const begun = clock.now().getTime();
    const instance = await start(async () => {
      attempts.push((clock.now().getTime() - begun) / 1000);
      return attempts.length < 5 ? DEFERRED : SENT;
    });
    const id = await write(instance);
    for (let second = 0; second <= 310; second += 5) {
      await instance.deliver();
      clock.advance(5);
    }
    expect(attempts).toEqual([0, 20, 60, 140, 300]);
    expect(await rowOf(id)).toMatchObject({ status: 'sent', attempts: 5 });
  });

  it('that is final ends the message, and keeps its status', async () => {
    const instance = await start(async () => ({ outcome: 'refused', error: '550 5.1.1' }));
    const id = await write(instance);
    await instance.deliver();
    expect(await rowOf(id)).toMatchObject({
      status: 'failed',
      last_error: '550 5.1.1',
      recipient: null,
      payload: null,
    });
  });

  it('goes on until the message is given up, and no attempt begins after that', async () => {
    const attempts: number[] = [];
    const begun = clock.now().getTime();
    const instance = await start(async () => {
      attempts.push((clock.now().getTime() - begun) / 1000);
      return DEFERRED;
    });
    const id = await write(instance);
    for (let minute = 0; minute < 90; minute++) {
      await instance.deliver();
      clock.advance(60);
    }
    expect(Math.max(...attempts)).toBeLessThan(HOUR);
    expect(await rowOf(id)).toMatchObject({ status: 'failed', last_error: '451', recipient: null });
  });

  it('is not even begun by a server that was down until after the time to give up', async () => {
    const delivered: string[] = [];
    const instance = await start(async ({ id }) => (delivered.push(id), SENT));
    const id = await write(instance);
    clock.advance(HOUR);
    await instance.deliver();
    expect(delivered).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ status: 'failed', last_error: 'gave up', recipient: null });
  });

  it('that a handler throws is taken for one that may pass, and logged', async () => {
    let isBroken = true;
    const instance = await start(async () => {
      if (isBroken) throw new Error('a bug');
      return SENT;
    });
    const id = await write(instance);
    await instance.deliver();
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', last_error: 'error' });
    expect(instance.logLines.join()).toContain('a bug');
    isBroken = false;
    clock.advance(20);
    await instance.deliver();
    expect(await rowOf(id)).toMatchObject({ status: 'sent' });
  });

  it('of one message delays no other', async () => {
    const [held, all] = [gate(), gate()];
    const delivered: string[] = [];
    const instance = await start(async ({ recipient }) => {
      if (recipient === 'hangs@example.com') await held.passed;
      if (recipient === 'fails@example.com') return DEFERRED;
      if (delivered.push(recipient ?? '') === 40) all.open();
      return SENT;
    });
    await write(instance, 'hangs@example.com');
    await write(instance, 'fails@example.com');
    for (let i = 0; i < 40; i++) await write(instance, `person${i}@example.com`);
    await instance.worker.poll();
    await all.passed;
    held.open();
    await instance.worker.settled();
    expect(delivered).toHaveLength(41);
  });

  it('to end is a failure too: after 60 seconds the attempt is taken for failed, and is told to stop', async () => {
    const entered = gate();
    const signals: AbortSignal[] = [];
    const instance = await start((_message, signal) => {
      signals.push(signal);
      entered.open();
      return new Promise(() => undefined);
    });
    const id = await write(instance);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    void instance.worker.poll();
    await entered.passed;
    vi.advanceTimersByTime(59_999);
    expect(signals[0]?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signals[0]?.aborted).toBe(true);
    await instance.worker.settled();
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', last_error: 'timeout' });
  });
});

describe('delivered', () => {
  it('runs in the transaction that marks the message: both happen, or neither', async () => {
    let isBroken = true;
    const instance = await start(async () => SENT, {
      delivered: async (manager, { id }) => {
        await manager.query(`UPDATE outbox_messages SET last_error = 'written' WHERE id = $1`, [id]);
        if (isBroken) throw new Error('not yet');
      },
    });
    const queue = instance.context.get(OutboxQueue, { strict: false });
    const id = await write(instance);
    const [claimed] = await queue.claim(['letter'], 1, clock.now());
    if (!claimed) throw new Error('nothing was claimed');
    const mark = (): Promise<void> => queue.mark(claimed, SENT, clock.now(), instance.outbox.handlerOf('letter'));
    await expect(mark()).rejects.toThrow('not yet');
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', last_error: null });
    isBroken = false;
    await mark();
    expect(await rowOf(id)).toMatchObject({ status: 'sent', last_error: 'written' });
  });

  it('is tried again where it fails, so that what was sent is not sent again', async () => {
    const delivered: string[] = [];
    let failures = 0;
    const instance = await start(async ({ id }) => (delivered.push(id), SENT), {
      delivered: async () => {
        if (failures++ === 0) throw new Error('the database went away');
      },
    });
    const id = await write(instance);
    await instance.deliver();
    expect(delivered).toEqual([id]);
    expect(await rowOf(id)).toMatchObject({ status: 'sent', attempts: 1 });
  });
});

describe('limits', () => {
  const limited = { isLimited: true, giveUpAfterSeconds: DAY };

  it('let 5 messages an hour and 20 a day through to one recipient, and drop the others silently', async () => {
    const delivered: string[] = [];
    const instance = await start(async ({ recipient }) => (delivered.push(recipient ?? ''), SENT), limited);
    const countAfter = async (messages: number): Promise<number> => {
      const before = delivered.length;
      for (let i = 0; i < messages; i++) await write(instance);
      await write(instance, 'bob@example.com').then(() => instance.deliver());
      return delivered.slice(before).filter((recipient) => recipient === 'ann@example.com').length;
    };
    const perHour: number[] = [];
    for (let hour = 0; hour < 6; hour++) {
      perHour.push(await countAfter(7));
      clock.advance(HOUR);
    }
    expect(perHour).toEqual([5, 5, 5, 5, 0, 0]);
    expect(delivered.filter((recipient) => recipient === 'bob@example.com')).toHaveLength(6);
    clock.advance(DAY);
    expect(await countAfter(7)).toBe(5);
  });

  it('count a message once, however often it is tried', async () => {
    let isDown = true;
    const delivered: string[] = [];
    const instance = await start(async ({ id }) => (isDown ? DEFERRED : (delivered.push(id), SENT)), limited);
    for (let i = 0; i < 5; i++) await write(instance);
    for (let i = 0; i < 10; i++) {
      await instance.deliver();
      clock.advance(HOUR / 4);
    }
    isDown = false;
    await instance.deliver();
    expect(delivered).toHaveLength(5);
  });

  it('keep neither the recipient nor the payload of what they drop', async () => {
    const instance = await start(async () => SENT, limited);
    const ids: string[] = [];
    for (let i = 0; i < 6; i++) ids.push(await write(instance));
    await instance.deliver();
    const rows = await Promise.all(ids.map((id) => rowOf(id)));
    expect(rows.map((row) => row?.status).sort()).toEqual(['limited', 'sent', 'sent', 'sent', 'sent', 'sent']);
    expect(rows.map((row) => row?.recipient)).toEqual(Array(6).fill(null));
  });

  it('store a digest that depends on APP_SECRET', async () => {
    const digests: string[] = [];
    for (const secret of ['a secret of 32 bytes for one run..', 'another secret of 32 bytes for run']) {
      const fresh = await openTestDatabase();
      const instance = await start(async () => SENT, { ...limited, on: fresh, seal: new SecretSeal(secret) });
      await instance.outbox.write(fresh.dataSource.manager, { kind: 'letter', recipient: 'ann@example.com' });
      const [row] = await fresh.query<{ digest: string }>(
        `SELECT encode(recipient_digest, 'hex') AS digest FROM outbox_messages`,
      );
      digests.push(row?.digest ?? '');
      await instance.close();
      instances.pop();
      await fresh.close();
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[0]).not.toBe(digests[1]);
  });

  it('need a recipient, and hold back no other kind', async () => {
    const instance = await start(async () => SENT, limited);
    const nameless = instance.outbox.write(database.dataSource.manager, { kind: 'letter' });
    await expect(nameless).rejects.toThrow('needs a recipient');
  });
});

describe('the figures', () => {
  it('count what waits and what failed, and since when the oldest waits', async () => {
    const outcomes: Record<string, Delivery> = {
      'sent@example.com': SENT,
      'refused@example.com': { outcome: 'refused', error: '550' },
      'waits@example.com': DEFERRED,
    };
    const instance = await start(async ({ recipient }) => outcomes[recipient ?? ''] ?? DEFERRED);
    const queue = instance.context.get(OutboxQueue, { strict: false });
    expect(await queue.stats(clock.now())).toEqual({ waiting: 0, failed: 0, oldestWaitingSince: undefined });
    for (const recipient of Object.keys(outcomes)) await write(instance, recipient);
    const since = clock.now();
    clock.advance(10);
    await write(instance, 'later@example.com');
    await instance.deliver();
    expect(await queue.stats(clock.now())).toEqual({ waiting: 2, failed: 1, oldestWaitingSince: since });
  });
});

describe('an instance whose clock is more than a minute off', () => {
  it('delivers nothing and gives nothing up, until the clock is right again', async () => {
    const delivered: string[] = [];
    const instance = await start(async ({ id }) => (delivered.push(id), SENT));
    const id = await write(instance);
    // The embedded database has the clock of this process, which cannot differ from itself.
    const tolerable = vi.spyOn(instance.context.get(ClockOffset), 'isTolerable', 'get').mockReturnValue(false);
    await instance.deliver();
    expect(delivered).toEqual([]);
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', attempts: 0 });
    tolerable.mockRestore();
    await instance.deliver();
    expect(delivered).toEqual([id]);
  });
});

describe('without a handler', () => {
  it('old messages are deleted all the same, by the scheduled jobs', async () => {
    const instance = await startMailInstance({ database, clock, seal: TEST_SECRET_SEAL });
    instances.push(instance);
    expect(instance.outbox.kinds()).toEqual([]);
    await database.query(
      `INSERT INTO outbox_messages (id, kind, status, attempts, due_at, give_up_at, created_at)
       VALUES (gen_random_uuid(), 'letter', 'failed', 1, now(), now(), now() - interval '31 days')`,
    );
    for (const job of instance.context.get(SchedulerRegistry).getCronJobs().values()) void job.fireOnTick();
    await expect.poll(() => count(database, 'outbox_messages')).toBe(0);
  });

  it('nothing runs: no timer, no statement; with one, the outbox is read each second', async () => {
    const setInterval = vi.spyOn(globalThis, 'setInterval');
    const statements = recordQueries(database.dataSource);
    instances.push(await startMailInstance({ database, clock, seal: TEST_SECRET_SEAL }));
    expect(setInterval).not.toHaveBeenCalledWith(expect.any(Function), 1000);
    expect(statements.filter(({ text }) => text.includes('outbox'))).toEqual([]);
    await start(async () => SENT);
    expect(setInterval).toHaveBeenCalledWith(expect.any(Function), 1000);
    setInterval.mockRestore();
  });
});

describe.runIf(onPostgres())('several instances', () => {
  const other = async (
    deliver: OutboxHandler['deliver'],
    rules: Parameters<typeof start>[1] = {},
  ): Promise<MailInstance> => start(deliver, { ...rules, on: await database.anotherPool() });

  it('deliver each message once between them', async () => {
    const delivered: string[] = [];
    const deliver: OutboxHandler['deliver'] = async ({ id }) => (delivered.push(id), SENT);
    const [one, two] = [await other(deliver), await other(deliver)];
    const ids: string[] = [];
    for (let i = 0; i < 100; i++) ids.push(await write(one));
    await Promise.all([one.deliver(), two.deliver()]);
    expect(delivered.sort()).toEqual(ids.sort());
  });

  it('hold the limits of a recipient together', async () => {
    const delivered: string[] = [];
    const deliver: OutboxHandler['deliver'] = async ({ id }) => (delivered.push(id), SENT);
    const rules = { isLimited: true };
    const [one, two] = [await other(deliver, rules), await other(deliver, rules)];
    for (let i = 0; i < 40; i++) await write(one);
    await Promise.all([one.deliver(), two.deliver()]);
    expect(delivered).toHaveLength(5);
  });

  it('take over from one that was killed in the middle of a delivery, when its lease has ended', async () => {
    const entered = gate();
    const delivered: string[] = [];
    const killed = await other(() => {
      entered.open();
      return new Promise(() => undefined);
    });
    const id = await write(killed);
    void killed.worker.poll();
    await entered.passed;
    const survivor = await other(async ({ id }) => (delivered.push(id), SENT));
    clock.advance(119);
    await survivor.deliver();
    expect(delivered).toEqual([]);
    clock.advance(1);
    await survivor.deliver();
    await survivor.deliver();
    expect(delivered).toEqual([id]);
  });

  it('mark nothing under a lease that was lost', async () => {
    const [entered, held] = [gate(), gate()];
    const marked: string[] = [];
    const stalled = await other(
      async () => {
        entered.open();
        await held.passed;
        return SENT;
      },
      { delivered: async () => void marked.push('stalled') },
    );
    const id = await write(stalled);
    void stalled.worker.poll();
    await entered.passed;
    const survivor = await other(async () => DEFERRED);
    clock.advance(120);
    await survivor.deliver();
    held.open();
    await stalled.worker.settled();
    expect(await rowOf(id)).toMatchObject({ status: 'waiting', attempts: 2, last_error: '451' });
    expect(marked).toEqual([]);
  });

  it('hear of a message when its transaction commits, without waiting for a poll', async () => {
    await announce(true);
    const delivered = gate();
    const instance = await other(async () => (delivered.open(), SENT));
    const listening = `pg_stat_activity WHERE datname = current_database() AND application_name = 'stagedoor-outbox'
      AND query LIKE 'LISTEN%' AND state = 'idle'`;
    await expect.poll(() => count(database, listening)).toBeGreaterThan(0);
    await write(instance);
    await delivered.passed;
    await instance.worker.settled();
  });
});
