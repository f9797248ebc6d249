import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SchedulerRegistry } from '@nestjs/schedule';
import { createApp } from '../../src/app.setup.js';
import type { Clock } from '../../src/common/clock.js';
import { SystemClock } from '../../src/common/clock.js';
import type { HashCost } from '../../src/config/hash-cost.js';
import { readConfig } from '../../src/config/read-config.js';
import { createLogger } from '../../src/config/logger.js';
import type { SecretSeal } from '../../src/common/secret-seal.js';
import { Revocations } from '../../src/modules/revocations/revocations.js';
import { SigningKeys } from '../../src/modules/tokens/signing-keys.js';
import { answersAsDocumented } from './documented-answers.js';
import { HttpClient } from './http-client.js';
import { openTestDatabase, TEST_SECRET_SEAL, type TestDatabase } from './database.js';

export const SUPER_ADMIN = { email: 'root@example.com', password: 'Open-5esame-root' };

export interface TestAppOptions {
  /** Settings beside the defaults of the tests: no rate limits, a SUPER_ADMIN. */
  readonly env?: Record<string, string>;
  readonly clock?: Clock;
  /** Absent: an empty database, closed with the app. */
  readonly database?: TestDatabase;
  readonly secretSeal?: SecretSeal;
  /** Absent: next to none, since most tests are not about hashes. */
  readonly hashCost?: HashCost;
}

/** The whole app on a free port, as a client meets it. */
export interface TestApp {
  readonly nest: NestFastifyApplication;
  readonly url: string;
  /** Throws on a response that the app's OpenAPI documents do not describe. */
  readonly http: HttpClient;
  readonly database: TestDatabase;
  /** Every line of the log so far. */
  readonly logLines: readonly string[];
  close(): Promise<void>;
}

export async function startApp({
  env = {},
  clock = new SystemClock(),
  database,
  secretSeal = TEST_SECRET_SEAL,
  hashCost = { memoryKib: 8, passes: 1 },
}: TestAppOptions = {}): Promise<TestApp> {
  // Holds what the app writes beside its database, such as mails.
  const dataDir = await mkdtemp(join(tmpdir(), 'stagedoor-data-'));
  const settings = readConfig({
    DATA_DIR: dataDir,
    RATE_LIMIT_ENABLED: 'false',
    LOG_LEVEL: 'debug',
    SUPER_ADMIN_EMAIL: SUPER_ADMIN.email,
    SUPER_ADMIN_PASSWORD: SUPER_ADMIN.password,
    ...env,
  });
  const config = { ...settings, hashCost };
  const logLines: string[] = [];
  const used = database ?? (await openTestDatabase());
  const nest = await createApp(
    { config, database: used, secretSeal, clock },
    createLogger(config.logLevel, { write: (line) => void logLines.push(line) }),
  );
  await nest.listen(0, '127.0.0.1');
  // The clock of a test is not the database's, by which scheduled purges go.
  const scheduler = nest.get(SchedulerRegistry, { strict: false });
  for (const name of scheduler.getCronJobs().keys()) scheduler.deleteCronJob(name);
  // The start itself changed the signing keys, which are read again for it; not in the middle of a test that counts.
  await nest.get(Revocations).catchUp();
  await nest.get(SigningKeys).reload();
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
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Stops the intervals of the app, so that a test that counts sees only its own requests. */
export function stopBackgroundWork({ nest }: TestApp): void {
  const scheduler = nest.get(SchedulerRegistry, { strict: false });
  for (const name of scheduler.getIntervals()) scheduler.deleteInterval(name);
}
