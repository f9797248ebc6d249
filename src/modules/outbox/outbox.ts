import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { addSeconds, Clock } from '../../common/clock.js';
import { newId } from '../../common/ids.js';
import { SecretSeal } from '../../common/secret-seal.js';
import type { OutboxHandler } from './outbox-handler.js';
import { OutboxMessage, type OutboxPayload } from './outbox-message.entity.js';

export interface NewMessage {
  readonly kind: string;
  readonly userId?: string;
  /** In canonical form, since limits are counted by it. Required for limited kinds. */
  readonly recipient?: string;
  readonly payload?: OutboxPayload;
}

export interface WrittenMessage {
  readonly id: string;
  /** No attempt starts at or after this time. */
  readonly giveUpAt: Date;
}

/**
 * Accepts messages for delivery. The module that delivers a kind registers its handler during start. Without any
 * handler no timer runs and no statement is executed.
 */
@Injectable()
export class Outbox {
  private readonly handlers = new Map<string, OutboxHandler>();
  private readonly digestKey: Buffer;

  constructor(
    seal: SecretSeal,
    private readonly clock: Clock,
  ) {
    [this.digestKey] = seal.keysFor('outbox recipients');
  }

  /** @throws {Error} when the kind has a handler already */
  register(kind: string, handler: OutboxHandler): void {
    if (this.handlers.has(kind)) throw new Error(`Two handlers for outbox messages of the kind ${kind}`);
    this.handlers.set(kind, handler);
  }

  /** The kinds that can be delivered. */
  kinds(): string[] {
    return [...this.handlers.keys()];
  }

  /** @throws {Error} when the kind has no handler */
  handlerOf(kind: string): OutboxHandler {
    const handler = this.handlers.get(kind);
    if (!handler) throw new Error(`No handler for outbox messages of the kind ${kind}`);
    return handler;
  }

  /**
   * Writes a message in the caller's transaction, always by a single INSERT.
   * @throws {Error} when its kind has no handler, or when its kind is limited and it has no recipient
   */
  async write(manager: EntityManager, message: NewMessage): Promise<WrittenMessage> {
    const { kind, userId = null, recipient = null, payload = null } = message;
    const { giveUpAfterSeconds, isLimited } = this.handlerOf(kind);
    if (isLimited && recipient === null) throw new Error(`An outbox message of the kind ${kind} needs a recipient`);
    const id = newId();
    const now = this.clock.now();
    const giveUpAt = addSeconds(now, giveUpAfterSeconds);
    await manager.insert(OutboxMessage, {
      ...{ id, kind, userId, recipient, payload },
      recipientDigest: isLimited && recipient !== null ? this.digestOf(recipient) : null,
      status: 'waiting',
      attempts: 0,
      dueAt: now,
      giveUpAt,
      createdAt: now,
    });
    return { id, giveUpAt };
  }

  private digestOf(recipient: string): Buffer {
    return createHmac('sha256', this.digestKey).update(recipient).digest();
  }
}
