import { parseArgs } from 'node:util';
import { SystemClock } from './common/clock.js';
import { readConfig } from './config/env.js';
import { loadEnvironment } from './config/environment.js';
import { openDatabase } from './database/open-database.js';
import { RELOAD_INTERVAL_SECONDS } from './modules/auth/tokens/signing-key-schedule.js';
import { SigningKeyStore } from './modules/auth/tokens/signing-key-store.js';
import { lastWords } from './operators-fault.js';

/*
 * npm run keys:rotate             publishes the next signing key ahead of its time; it signs once everybody knows it
 * npm run keys:rotate -- --now    a key leaked: a new one signs at once, and what the old ones signed is refused
 *
 * Works on DATABASE_URL while servers run; on the embedded database, while the server is stopped.
 */

async function rotate(): Promise<void> {
  const { values } = parseArgs({ options: { now: { type: 'boolean', default: false } } });
  const database = await openDatabase(readConfig(loadEnvironment()));
  try {
    const store = new SigningKeyStore(database, new SystemClock());
    if (values.now) {
      const { kid } = await store.replaceAll();
      say(`The key ${kid} has replaced all others. Access tokens that they signed are refused by every running server`);
      say(`within ${RELOAD_INTERVAL_SECONDS} seconds; people stay logged in, since their apps refresh.`);
    } else {
      const { kid, signsFrom } = await store.publishNext();
      say(`The key ${kid} is published and signs from ${signsFrom.toISOString()}.`);
      say('The one before it goes on being accepted until its last token has expired.');
      say('(For a key that leaked: npm run keys:rotate -- --now)');
    }
  } finally {
    await database.close();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await rotate().catch((error: unknown) => {
  process.stderr.write(`${lastWords(error)}\n`);
  process.exitCode = 1;
});
