import { addAbortListener } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../../common/clock.js';
import { CONFIG, type Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { Delivery, OutboxHandler } from './outbox-handler.js';
import { OutboxListener } from './outbox-listener.js';
import { type ClaimedMessage, OutboxQueue } from './outbox-queue.js';
import { Outbox } from './outbox.js';

const POLL = 'outbox-poll';
const POLL_EVERY_MS = 1000;
/** Concurrent deliveries, so that one that hangs does not delay the others. */
const WIDTH = 16;
/** Half of the lease. The rest allows for marking, and for clock skew between instances. */
const ATTEMPT_MAX_MS = 60_000;

/**
 * Delivers due messages, on all instances concurrently. If a process is killed, its leases expire and another instance
 * delivers those messages, at worst for the second time.
 */
@Injectable()
export class OutboxWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OutboxWorker.name);
  private readonly running = new Set<Promise<void>>();
  private readonly cutOff = new AbortController();
  private readonly stopWithinMs: number;
  /** Undefined with the embedded database, which delivers no notifications. */
  private readonly listener: OutboxListener | undefined;
  private polling: Promise<void> | undefined;
  private pollAgain = false;
  private isStopping = false;
  private isUnreadable = false;

  constructor(
    private readonly outbox: Outbox,
    private readonly queue: OutboxQueue,
    private readonly clock: Clock,
    private readonly scheduler: SchedulerRegistry,
    @Inject(CONFIG) { shutdownGraceMs }: Config,
    { serverUrl }: Database,
  ) {
    this.stopWithinMs = shutdownGraceMs / 4;
    if (serverUrl !== undefined) this.listener = new OutboxListener(serverUrl, () => void this.poll());
  }

  /** All handlers are registered by now. Without any, no interval is started. */
  onApplicationBootstrap(): void {
    if (this.outbox.kinds().length === 0) return;
    this.scheduler.addInterval(
      POLL,
      setInterval(() => void this.poll(), POLL_EVERY_MS),
    );
    void this.listener?.open();
  }

  /** Starts no further delivery, and aborts running ones after a quarter of the shutdown grace period. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    await this.listener?.close();
    if (this.scheduler.doesExist('interval', POLL)) this.scheduler.deleteInterval(POLL);
    const timer = setTimeout(() => this.cutOff.abort(), this.stopWithinMs);
    await this.settled();
    clearTimeout(timer);
  }

  /**
   * Claims as many of the messages due at the time of the call as there is room for, and starts to deliver them. Never
   * fails: if the database is unavailable, the next poll tries again.
   */
  async poll(): Promise<void> {
    this.pollAgain = true;
    this.polling ??= this.claimAll().finally(() => (this.polling = undefined));
    return this.polling;
  }

  /** Resolves when no delivery is running and no due message was left for lack of room. */
  async settled(): Promise<void> {
    while (this.polling || this.running.size > 0) await Promise.all([this.polling, ...this.running]);
  }

  private async claimAll(): Promise<void> {
    while (this.pollAgain) {
      this.pollAgain = false;
      await this.claim();
    }
  }

  private async claim(): Promise<void> {
    const room = WIDTH - this.running.size;
    if (room === 0 || this.isStopping) return;
    try {
      const messages = await this.queue.claim(this.outbox.kinds(), room, this.clock.now());
      for (const message of messages) this.begin(message, messages.length === room);
      this.isUnreadable = false;
    } catch (error) {
      if (!this.isUnreadable) this.logger.warn('The outbox cannot be read; trying again each second', error);
      this.isUnreadable = true;
    }
  }

  /** @param mayBeMore whether more messages may be due: they are then claimed as soon as there is room */
  private begin(message: ClaimedMessage, mayBeMore: boolean): void {
    const delivery = this.process(message)
      // Its outcome was not recorded: the lease expires, and the message is tried again.
      .catch((error: unknown) =>
        this.logger.error({ msg: 'A message was not processed', ...named(message), err: error }),
      )
      .finally(() => {
        this.running.delete(delivery);
        if (mayBeMore) void this.poll();
      });
    this.running.add(delivery);
  }

  private async process(message: ClaimedMessage): Promise<void> {
    const handler = this.outbox.handlerOf(message.kind);
    if (this.clock.now() >= message.giveUpAt) {
      return this.mark(message, { outcome: 'refused', error: 'gave up' }, handler);
    }
    if (!(await this.queue.admit(message, this.clock.now()))) {
      this.logger.log({ msg: 'A message was not sent: the limit of its recipient is reached', ...named(message) });
      return this.queue.markLimited(message, this.clock.now());
    }
    await this.mark(message, await this.attempt(handler, message), handler);
  }

  private async attempt(handler: OutboxHandler, message: ClaimedMessage): Promise<Delivery> {
    const tooLong = new AbortController();
    const timer = setTimeout(() => tooLong.abort(), ATTEMPT_MAX_MS);
    const signal = AbortSignal.any([tooLong.signal, this.cutOff.signal]);
    let fail!: (reason: Error) => void;
    const aborted = new Promise<never>((_, reject) => (fail = reject));
    // Removed below: Node keeps a combined signal in memory for as long as it has a listener.
    const listening = addAbortListener(signal, () => fail(signal.reason as Error));
    try {
      return await Promise.race([handler.deliver(message, signal), aborted]);
    } catch (error) {
      if (tooLong.signal.aborted) return { outcome: 'deferred', error: 'timeout' };
      if (this.cutOff.signal.aborted) return { outcome: 'deferred', error: 'shutdown' };
      this.logger.error({ msg: 'A message could not be delivered', ...named(message), err: error });
      return { outcome: 'deferred', error: 'error' };
    } finally {
      clearTimeout(timer);
      listening[Symbol.dispose]();
    }
  }

  /** Retries until the lease ends, since a message that was sent but not marked is sent again after it. */
  private async mark(message: ClaimedMessage, delivery: Delivery, handler: OutboxHandler): Promise<void> {
    if ('error' in delivery) {
      const { outcome, error } = delivery;
      this.logger.warn({ msg: `A message was ${outcome}`, ...named(message), attempts: message.attempts, error });
    }
    for (;;) {
      try {
        return await this.queue.mark(message, delivery, this.clock.now(), handler);
      } catch (error) {
        if (this.isStopping || this.clock.now() >= message.leasedUntil) throw error;
        await delay(POLL_EVERY_MS);
      }
    }
  }
}

const named = ({ id, kind }: ClaimedMessage): { outboxId: string; kind: string } => ({ outboxId: id, kind });
