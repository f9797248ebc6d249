import { type DynamicModule, Global, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CONTRACTS } from './app.contracts.js';
import { AppPassport } from './common/app-passport.js';
import { Clock } from './common/clock.js';
import type { RequestTracer } from './common/spans.js';
import { CONFIG, type Config } from './config/config.js';
import { OperationsModule } from './operations/operations.module.js';
import { Batches } from './database/batches.js';
import { ClockOffset } from './database/clock-offset.js';
import { Database } from './database/database.js';
import { ExpiredRows } from './database/expired-rows.js';
import { LastUsedWriter } from './database/last-used-writer.js';
import { SecretSeal } from './common/secret-seal.js';

/** What differs between a server and a test. */
export interface AppParts {
  readonly config: Config;
  readonly database: Database;
  readonly secretSeal: SecretSeal;
  readonly clock: Clock;
  /** Undefined: requests are not traced. */
  readonly tracer?: RequestTracer | undefined;
}

/** The whole application: the contracts with the modules they import, and the operational endpoints. */
@Global()
@Module({})
export class AppModule {
  static of({ config, database, secretSeal, clock }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRootAsync({
          // Modules name their entities (`TypeOrmModule.forFeature`). The database was reached before: no second try.
          useFactory: () => ({ type: 'postgres', autoLoadEntities: true, toRetry: () => false }),
          dataSourceFactory: (options) => database.connect(options?.entities),
        }),
        ScheduleModule.forRoot(),
        ...CONTRACTS.map((contract) => contract.module),
        RouterModule.register(CONTRACTS.map(({ prefix, module }) => ({ path: prefix, module }))),
        OperationsModule.of(config),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: Database, useValue: database },
        { provide: SecretSeal, useValue: secretSeal },
        { provide: Clock, useValue: clock },
        LastUsedWriter,
        AppPassport,
        ClockOffset,
        Batches,
        ExpiredRows,
      ],
      exports: [CONFIG, Database, LastUsedWriter, SecretSeal, Clock, AppPassport, ClockOffset, Batches, ExpiredRows],
    };
  }
}
