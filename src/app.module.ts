import { type DynamicModule, Global, Module } from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CONTRACTS } from './app.contracts.js';
import { Clock } from './common/clock.js';
import type { RequestTracer } from './common/spans.js';
import { CONFIG, type Config } from './config/env.js';
import { OperationsModule } from './contracts/operations/operations.module.js';
import { DATABASE, type OpenDatabase } from './database/open-database.js';

/** What the app is made of: everything that differs between a server and a test. */
export interface AppParts {
  readonly config: Config;
  readonly database: OpenDatabase;
  readonly clock: Clock;
  /** Absent: requests are not traced. */
  readonly tracer?: RequestTracer | undefined;
}

/** The plan of the house: the contracts, over the modules they import, over these parts. */
@Global()
@Module({})
export class AppModule {
  static of({ config, database, clock }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => database.dataSource.options,
          dataSourceFactory: () => Promise.resolve(database.dataSource),
        }),
        ScheduleModule.forRoot(),
        ...CONTRACTS.map((contract) => contract.module),
        RouterModule.register(CONTRACTS.map(({ prefix, module }) => ({ path: prefix, module }))),
        OperationsModule.of(config),
      ],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: DATABASE, useValue: database },
        { provide: Clock, useValue: clock },
      ],
      exports: [CONFIG, DATABASE, Clock],
    };
  }
}
