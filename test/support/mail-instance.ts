import { type DynamicModule, Global, type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Clock } from '../../src/common/clock.js';
import { SecretSeal } from '../../src/common/secret-seal.js';
import { CONFIG, type Config } from '../../src/config/config.js';
import { readConfig } from '../../src/config/read-config.js';
import { createLogger, NestLogger } from '../../src/config/logger.js';
import { Batches } from '../../src/database/batches.js';
import { ClockOffset } from '../../src/database/clock-offset.js';
import { Database } from '../../src/database/database.js';
import { ExpiredRows } from '../../src/database/expired-rows.js';
import type { TestDatabase } from './database.js';
import { EmailCodesModule } from '../../src/modules/email-codes/email-codes.module.js';
import { MailModule } from '../../src/modules/mail/mail.module.js';
import { Mailer } from '../../src/modules/mail/mailer.js';
import { OutboxModule } from '../../src/modules/outbox/outbox.module.js';
import { OutboxWorker } from '../../src/modules/outbox/outbox.worker.js';
import { Outbox } from '../../src/modules/outbox/outbox.js';

interface MailInstanceOptions {
  readonly database: TestDatabase;
  readonly clock: Clock;
  readonly seal: SecretSeal;
  readonly env?: Record<string, string>;
  /** Registers handlers, as a module does while the app starts. */
  readonly register?: (outbox: Outbox, mailer: Mailer) => void;
}

/** The modules of mail as one instance of the server runs them; its polls are those that a test asks for. */
export interface MailInstance {
  readonly context: INestApplicationContext;
  readonly outbox: Outbox;
  readonly mailer: Mailer;
  readonly worker: OutboxWorker;
  readonly logLines: readonly string[];
  /** Delivers everything that is due. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

export async function startMailInstance({
  database,
  clock,
  seal,
  env = {},
  register = () => undefined,
}: MailInstanceOptions): Promise<MailInstance> {
  const logLines: string[] = [];
  const config = readConfig({ LOG_LEVEL: 'debug', SHUTDOWN_GRACE_MS: '200', ...env });
  const logger = new NestLogger(createLogger('debug', { write: (line) => void logLines.push(line) }));
  const context = await NestFactory.createApplicationContext(
    MailParts.of(config, { database, clock, seal, register }),
    {
      logger,
      abortOnError: false,
    },
  );
  const [outbox, mailer] = [context.get(Outbox), context.get(Mailer)];
  const worker = context.get(OutboxWorker);
  const scheduler = context.get(SchedulerRegistry);
  for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
  // The clock of a test is not the database's, by which scheduled purges go. A test may still fire the jobs.
  for (const job of scheduler.getCronJobs().values()) void job.stop();
  return {
    ...{ context, outbox, mailer, worker, logLines },
    deliver: async () => {
      await worker.poll();
      await worker.settled();
    },
    close: () => context.close(),
  };
}

@Global()
@Module({})
class MailParts {
  static of(config: Config, { database, clock, seal, register }: MailInstanceOptions): DynamicModule {
    return {
      module: MailParts,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ type: 'postgres', autoLoadEntities: true }),
          dataSourceFactory: () => database.connect(),
        }),
        ScheduleModule.forRoot(),
        OutboxModule,
        MailModule,
        EmailCodesModule,
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Database, useValue: database },
        { provide: Clock, useValue: clock },
        ClockOffset,
        Batches,
        ExpiredRows,
        { provide: SecretSeal, useValue: seal },
        {
          provide: 'handlers',
          inject: [Outbox, Mailer],
          useFactory: (outbox: Outbox, mailer: Mailer) => ({ onModuleInit: () => register?.(outbox, mailer) }),
        },
      ],
      exports: [CONFIG, Database, Clock, ClockOffset, ExpiredRows, SecretSeal],
    };
  }
}
