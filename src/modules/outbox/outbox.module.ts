import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { OutboxMessage } from './outbox-message.entity.js';
import { OutboxQueue } from './outbox-queue.js';
import { OutboxStatistics } from './outbox-statistics.js';
import { OutboxWorker } from './outbox.worker.js';
import { Outbox } from './outbox.js';

/** Delivers messages after the transaction that wrote them has committed. */
@Module({
  imports: [TypeOrmModule.forFeature([OutboxMessage])],
  providers: [Outbox, OutboxQueue, OutboxStatistics, OutboxWorker],
  exports: [Outbox, OutboxStatistics, OutboxWorker],
})
export class OutboxModule {}
