import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { readConfig } from '../../config/read-config.js';
import type { Database } from '../../database/database.js';
import type { ExpiredRows } from '../../database/expired-rows.js';
import { Revocations } from './revocations.js';

const NOTHING_REVOKED = { snapshot: '10:10:', transactions: null, ids: null, kinds: null, subjects: null };

it('reads the revoked sessions of an embedded database again where the first attempt failed', async () => {
  vi.spyOn(Logger.prototype, 'debug').mockImplementation(() => undefined);
  let failures = 1;
  const database = {
    query: (sql: string) => {
      if (failures-- > 0) return Promise.reject(new Error('The database is busy'));
      return Promise.resolve(sql.includes('pg_current_snapshot') ? [NOTHING_REVOKED] : []);
    },
  };
  const revocations = new Revocations(readConfig({}), database as unknown as Database, {} as ExpiredRows);
  await revocations.onModuleInit();
  expect(revocations.isCurrent()).toBe(false);
  await revocations.catchUp();
  await expect.poll(() => revocations.isCurrent()).toBe(true);
  await revocations.beforeApplicationShutdown();
});
