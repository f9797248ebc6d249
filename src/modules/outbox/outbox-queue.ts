import { Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { addSeconds } from '../../common/clock.js';
import { ClockOffset } from '../../database/clock-offset.js';
import { Database } from '../../database/database.js';
import { ExpiredRows } from '../../database/expired-rows.js';
import type { Delivery, DueMessage, OutboxHandler } from './outbox-handler.js';
import type { OutboxStatus } from './outbox-message.entity.js';
import { nextAttemptAt } from './retry-schedule.js';

/** Longer than the timeout of an attempt, so that a message is claimed again only if its process has died. */
const LEASE_SECONDS = 120;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const PER_HOUR_MAX = 5;
const PER_DAY_MAX = 20;
const KEPT_SECONDS = 30 * DAY_SECONDS;

/** A message under a lease. */
export interface ClaimedMessage extends DueMessage {
  readonly leasedUntil: Date;
  readonly attempts: number;
  readonly recipientDigest: Buffer | null;
  readonly isAdmitted: boolean;
}

export interface OutboxStats {
  readonly waiting: number;
  /** Of the last 30 days. */
  readonly failed: number;
  /** When the oldest waiting message was inserted; undefined if none waits. */
  readonly oldestWaitingSince: Date | undefined;
}

/** The table of the outbox: claims messages under a lease, enforces the limits per recipient, marks outcomes. */
@Injectable()
export class OutboxQueue {
  constructor(
    private readonly database: Database,
    private readonly clockOffset: ClockOffset,
    private readonly expired: ExpiredRows,
  ) {}

  /**
   * Leases up to `count` due messages, the longest due first. Concurrent callers never get the same message. None while
   * this machine's clock is more than a minute off: it would give messages up too early, or break the leases of others.
   */
  async claim(kinds: readonly string[], count: number, now: Date): Promise<ClaimedMessage[]> {
    if (!this.clockOffset.isTolerable) return [];
    return this.database.query<ClaimedMessage>(CLAIM, [kinds, now, count, addSeconds(now, LEASE_SECONDS)]);
  }

  /**
   * Counts a message against the limits of its recipient, 5 an hour and 20 a day over all limited kinds. Returns false
   * if a limit is reached. Skipped messages count too, so that the limits do not reveal which addresses have accounts.
   */
  async admit({ id, recipientDigest, isAdmitted }: ClaimedMessage, now: Date): Promise<boolean> {
    if (recipientDigest === null || isAdmitted) return true;
    return this.database.transaction(async (manager) => {
      // Serializes the messages to one recipient over all instances.
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        `stagedoor outbox ${recipientDigest.toString('hex')}`,
      ]);
      const [, admitted] = await manager.query<[unknown[], number]>(ADMIT, [
        ...[id, now, recipientDigest],
        ...[addSeconds(now, -HOUR_SECONDS), PER_HOUR_MAX, addSeconds(now, -DAY_SECONDS), PER_DAY_MAX],
      ]);
      return admitted > 0;
    });
  }

  /**
   * Records the outcome of an attempt, unless another attempt has taken over its lease.
   * @param handler its `delivered` runs in the same transaction
   */
  async mark(message: ClaimedMessage, delivery: Delivery, now: Date, handler: OutboxHandler): Promise<void> {
    const { outcome } = delivery;
    const error = 'error' in delivery ? delivery.error : null;
    const next = outcome === 'deferred' ? nextAttemptAt(now, message.attempts, message.giveUpAt) : undefined;
    if (next) {
      await this.database.query(DEFER, [message.id, message.attempts, next, error]);
      return;
    }
    await this.database.transaction(async (manager) => {
      const status = outcome === 'sent' || outcome === 'skipped' ? outcome : 'failed';
      const [, finished] = await manager.query<[unknown[], number]>(FINISH, [
        ...[message.id, message.attempts, status satisfies OutboxStatus, error, now],
      ]);
      if (finished > 0 && outcome === 'sent') await handler.delivered?.(manager, message, now);
    });
  }

  /** Finishes a message that exceeds the limits of its recipient. */
  async markLimited({ id, attempts }: ClaimedMessage, now: Date): Promise<void> {
    await this.database.query(FINISH, [id, attempts, 'limited' satisfies OutboxStatus, null, now]);
  }

  async stats(now: Date): Promise<OutboxStats> {
    const [row] = await this.database.query<Stats>(STATS, [addSeconds(now, -KEPT_SECONDS)]);
    const { waiting = 0, failed = 0, oldest = null } = row ?? {};
    return { waiting, failed, oldestWaitingSince: oldest ?? undefined };
  }

  /** Deletes messages older than 30 days and returns their number. */
  @Cron('37 * * * *')
  async purge(): Promise<number> {
    return this.expired.delete('outbox_messages', 'created_at', KEPT_SECONDS);
  }
}

interface Stats {
  readonly waiting: number;
  readonly failed: number;
  readonly oldest: Date | null;
}

const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id FROM outbox_messages
     WHERE status = 'waiting' AND due_at <= $2 AND kind = ANY($1)
     ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
  UPDATE outbox_messages m SET attempts = m.attempts + 1, due_at = $4
    FROM due WHERE m.id = due.id
  RETURNING m.id, m.kind, m.due_at AS "leasedUntil", m.user_id AS "userId", m.recipient, coalesce(m.payload, '{}') AS payload, m.attempts,
    m.recipient_digest AS "recipientDigest", m.admitted_at IS NOT NULL AS "isAdmitted",
    m.created_at AS "createdAt", m.give_up_at AS "giveUpAt"`;

const ADMIT = `
  UPDATE outbox_messages SET admitted_at = $2
   WHERE id = $1
     AND (SELECT count(*) FROM outbox_messages WHERE recipient_digest = $3 AND admitted_at > $4) < $5
     AND (SELECT count(*) FROM outbox_messages WHERE recipient_digest = $3 AND admitted_at > $6) < $7`;

const DEFER = `
  UPDATE outbox_messages SET due_at = $3, last_error = $4
   WHERE id = $1 AND attempts = $2 AND status = 'waiting'`;

const FINISH = `
  UPDATE outbox_messages
     SET status = $3, last_error = $4, finished_at = $5, recipient = NULL, payload = NULL
   WHERE id = $1 AND attempts = $2 AND status = 'waiting'`;

// Each part has a partial index.
const STATS = `
  SELECT count(*)::int AS waiting, min(created_at) AS oldest,
         (SELECT count(*)::int FROM outbox_messages WHERE status = 'failed' AND created_at > $1) AS failed
    FROM outbox_messages WHERE status = 'waiting'`;
