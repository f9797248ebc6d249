import { parseArgs } from 'node:util';
import type { EntityManager } from 'typeorm';
import { isCalendarDate } from '../common/calendar-date.js';
import { auditUsers } from './audit.js';
import { print, runCommand } from './run-command.js';

/*
 * npm run users:verify -- --created-before <date>    node dist/commands/verify-addresses.js --created-before <date>
 *   Marks the addresses of all accounts created before a date as verified. For accounts whose addresses were proved
 *   elsewhere, before EMAIL_VERIFICATION=required limits them. The date is `2026-01-31`, or a time with its zone.
 */

/** Accounts of one transaction. */
const BATCH_SIZE = 1000;
const DATE = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

await runCommand({
  usage: 'npm run users:verify -- --created-before <date, such as 2026-01-31>',
  parse: (args) => {
    const { 'created-before': text } = parseArgs({ args, options: { 'created-before': { type: 'string' } } }).values;
    if (text === undefined || !DATE.test(text) || !isCalendarDate(text.slice(0, 10))) return undefined;
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? undefined : date;
  },
  run: async (before, { database, clock }) => {
    let verified = 0;
    for (let batch = BATCH_SIZE; batch === BATCH_SIZE; verified += batch) {
      batch = await database.transaction((manager) => verifyBatch(manager, before, clock.now()));
    }
    print(`Addresses verified: ${verified}, of accounts created before ${before.toISOString()}.`);
  },
});

async function verifyBatch(manager: EntityManager, before: Date, now: Date): Promise<number> {
  const [users] = await manager.query<[{ readonly id: string }[], number]>(
    `UPDATE users SET email_verified_at = $2, updated_at = $2 WHERE id IN (
       SELECT id FROM users WHERE email_verified_at IS NULL AND created_at < $1 ORDER BY id LIMIT $3 FOR UPDATE)
     RETURNING id`,
    [before, now, BATCH_SIZE],
  );
  const userIds = users.map(({ id }) => id);
  await auditUsers(manager, 'email.verified', 'users:verify', userIds);
  return userIds.length;
}
