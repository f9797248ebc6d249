import { parseArgs } from 'node:util';
import { endAllSessions } from './all-sessions.js';
import { print, runCommand } from './run-command.js';

/*
 * npm run sessions:end -- --all    node dist/commands/end-sessions.js --all
 *   Ends every session of every account. Running servers reject their tokens within a second.
 */

await runCommand({
  usage: 'npm run sessions:end -- --all',
  parse: (args) => parseArgs({ args, options: { all: { type: 'boolean' } } }).values.all,
  run: async (_all, { database }) => {
    const ended = await database.transaction((manager) => endAllSessions(manager, 'sessions:end'));
    print(`Sessions ended: ${ended}. Everyone has to log in again.`);
  },
});
