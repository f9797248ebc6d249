import { parseArgs } from 'node:util';
import type { SecurityEventName } from '../modules/security-events/security-event.js';
import { SigningKeyStore } from '../modules/tokens/signing-key-store.js';
import { SigningKey } from '../modules/tokens/signing-key.entity.js';
import { endAllSessions } from './all-sessions.js';
import { audit } from './audit.js';
import { readRecentChanges } from './recent-changes.js';
import { print, runCommand } from './run-command.js';

/*
 * npm run after-restore                 node dist/commands/after-restore.js
 * npm run after-restore -- --hours 72   node dist/commands/after-restore.js --hours 72
 *   Run it on a restored database before any server starts. What was revoked after the dump was made is valid again: this
 *   ends all sessions and replaces the signing keys, so that no earlier token is accepted, and lists the API keys,
 *   passwords and accounts that changed in the last hours (24) before the dump.
 */

const VIA = 'after-restore';

/** Events whose effect a restored database has lost. A test compares them with docs/backup.md. */
const LOST_EVENTS: readonly SecurityEventName[] = [
  'api_key.rotated',
  'api_key.revoked',
  'api_key.leaked',
  'password.changed',
  'password.reset',
  'email.changed',
  'email.undone',
  'second_factor.removed',
  'recovery_code.used',
  'passkey.removed',
  'user.role_changed',
  'user.status_changed',
  'user.deleted',
];

await runCommand({
  usage: 'npm run after-restore [-- --hours <number>]',
  parse: (args) => {
    const { hours } = parseArgs({ args, options: { hours: { type: 'string', default: '24' } } }).values;
    return /^[1-9]\d{0,3}$/.test(hours) ? Number(hours) : undefined;
  },
  run: async (hours, { database, dataSource, secretSeal, clock }) => {
    const store = new SigningKeyStore(dataSource.getRepository(SigningKey), database, secretSeal, clock);
    await store.assertOpenable();
    // Before anything is written, since the newest row shows when the dump was made.
    const changes = await readRecentChanges(database, hours, VIA);

    const ended = await database.transaction((manager) => endAllSessions(manager, VIA));
    const { kid } = await store.replaceAll();
    await database.transaction((manager) => audit(manager, 'signing_keys.replaced', VIA, { kid }));
    print(`Sessions ended: ${ended}. Everyone has to log in again.`);
    print(`The signing key ${kid} replaces all others. Access tokens from before the restore are rejected.`);

    if (changes.dumpedAt === undefined) return print('The database is empty: there is nothing to review.');
    print(`The newest entry is from ${changes.dumpedAt.toISOString()}. Later changes are lost.`);
    print('Look for these events in the log of the time after it, and repeat the changes:');
    print(`  ${LOST_EVENTS.join(' ')}`);
    printList(`API keys made or rotated in the ${hours} hours before`, changes.apiKeys);
    printList(`Passwords changed in the ${hours} hours before`, changes.passwords);
    printList(`Accounts created or changed in the ${hours} hours before`, changes.accounts);
  },
});

function printList(title: string, lines: readonly string[]): void {
  print('');
  print(`${title}: ${lines.length === 0 ? 'none' : lines.length}`);
  for (const line of lines) print(`  ${line}`);
}
