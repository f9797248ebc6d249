import { parseArgs } from 'node:util';
import { print, runCommand } from './run-command.js';

/*
 * npm run migrate             node dist/commands/migrate.js
 *
 * Applies pending migrations, as the server does at start. For databases where only another role may change the schema.
 */

await runCommand({
  usage: 'npm run migrate',
  createsDatabase: true,
  parse: (args) => parseArgs({ args }),
  run: () => {
    print('The database schema is up to date.');
    return Promise.resolve();
  },
});
