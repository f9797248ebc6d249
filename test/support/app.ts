import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SchedulerRegistry } from '@nestjs/schedule';
import { createApp } from '../../src/app.setup.js';
import type { Clock } from '../../src/common/clock.js';
import { SystemClock } from '../../src/common/clock.js';
import { readConfig } from '../../src/config/env.js';
import { createLogger } from '../../src/config/logger.js';
import type { OpenDatabase } from '../../src/database/open-database.js';
import { answersAsDocumented } from './documented-answers.js';
import { HttpClient } from './http-client.js';
import { openTestDatabase } from './database.js';

export const SUPER_ADMIN = { email: 'root@example.com', password: 'Open-5esame-root' };

export interface TestAppOptions {
  /** Settings that differ from the tests' own: no rate limits, a SUPER_ADMIN. */
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  /** Absent: a fresh database, closed with the app. */
  readonly database?: OpenDatabase;
}

/** The whole app on a free port, as a client meets it. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly url: string;
  /** Refuses answers that are not as the app's own documents say. */
  readonly http: HttpClient;
  readonly database: OpenDatabase;
  /** Every line that was logged, as it was written. */
  readonly logLines: readonly string[];
  close(): Promise<void>;
}

export async function startApp({
  env = {},
  clock = new SystemClock(),
  database,
}: TestAppOptions = {}): Promise<TestApp> {
  const config = readConfig({
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'debug',
    SUPER_ADMIN_EMAIL: SUPER_ADMIN.email,
    SUPER_ADMIN_PASSWORD: SUPER_ADMIN.password,
    ...env,
  });
  const logLines: string[] = [];
  const used = database ?? (await openTestDatabase());
  const nest = await createApp(
    { config, database: used, clock },
    createLogger(config.logLevel, { write: (line) => void logLines.push(line) }),
  );
  await nest.listen(0, '127.0.0.1');
  const url = (await nest.getUrl()).replace('[::1]', '127.0.0.1');
  return {
    nest,
    url,
    http: new HttpClient(url, answersAsDocumented(nest)),
    database: used,
    logLines,
    close: async () => {
      await nest.close();
      if (!database) await used.close();
    },
  };
}

/** Ends what the app does by itself every few seconds, so that a test that counts sees only what it asked for. */
export function stopBackgroundWork({ nest }: TestApp): void {
  const scheduler = nest.get(SchedulerRegistry, { strict: false });
  for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
}
