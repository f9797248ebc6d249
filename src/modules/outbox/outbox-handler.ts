import type { EntityManager } from 'typeorm';
import type { OutboxPayload } from './outbox-message.entity.js';

/** A message that is due. */
export interface DueMessage {
  /** The same for every attempt. */
  readonly id: string;
  readonly kind: string;
  readonly userId: string | null;
  readonly recipient: string | null;
  readonly payload: OutboxPayload;
  readonly createdAt: Date;
  readonly giveUpAt: Date;
}

/**
 * The outcome of an attempt. `skipped`: there is nothing to deliver. `refused`: the failure is permanent. `deferred`:
 * the failure is temporary. `error` is a status or an error code without an address; it is stored and logged.
 */
export type Delivery =
  { readonly outcome: 'sent' | 'skipped' } | { readonly outcome: 'refused' | 'deferred'; readonly error: string };

/** Delivers the messages of one kind. */
export interface OutboxHandler {
  /** The age, in seconds, at which an undelivered message is given up. */
  readonly giveUpAfterSeconds: number;
  /** Whether deliveries are limited per recipient, because strangers can cause them. Requires a recipient. */
  readonly isLimited: boolean;
  /**
   * Delivers a message, outside any transaction. Runs again for the same message if the process is killed meanwhile.
   * An exception counts as a temporary failure.
   * @param signal aborts when the attempt times out, which is a temporary failure
   */
  deliver(message: DueMessage, signal: AbortSignal): Promise<Delivery>;
  /** Runs in the transaction that marks the message as sent. */
  delivered?(manager: EntityManager, message: DueMessage, at: Date): Promise<void>;
}
