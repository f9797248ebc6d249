import { parseArgs } from 'node:util';
import { WrongAppSecretError } from '../common/secret-seal.js';
import { RELOAD_INTERVAL_SECONDS } from '../modules/tokens/signing-key-schedule.js';
import { SigningKeyStore } from '../modules/tokens/signing-key-store.js';
import { SigningKey } from '../modules/tokens/signing-key.entity.js';
import { audit } from './audit.js';
import { print, runCommand } from './run-command.js';

/*
 * npm run keys:rotate             node dist/commands/rotate-signing-keys.js
 *   Publishes the next signing key ahead of schedule. It signs once every instance and verifier has had time to fetch it.
 * npm run keys:rotate -- --now    node dist/commands/rotate-signing-keys.js --now
 *   After a leak: replaces all keys by a new one that signs at once. Tokens signed by the old ones are rejected.
 */

await runCommand({
  usage: 'npm run keys:rotate [-- --now]',
  parse: (args) => parseArgs({ args, options: { now: { type: 'boolean', default: false } } }).values,
  run: async ({ now }, { database, dataSource, secretSeal, clock }) => {
    const store = new SigningKeyStore(dataSource.getRepository(SigningKey), database, secretSeal, clock);
    if (now) {
      // Goes on all the same: this is what to do when the secret is lost.
      const isOtherSecret = await store.assertOpenable().then(() => false, isWrongSecret);
      const { kid } = await store.replaceAll();
      await database.transaction((manager) => audit(manager, 'signing_keys.replaced', 'keys:rotate', { kid }));
      print(`The signing key ${kid} replaces all others. Every running server rejects access tokens signed by those`);
      print(
        `within ${RELOAD_INTERVAL_SECONDS} seconds. Sessions stay: clients get a new access token when they refresh.`,
      );
      if (isOtherSecret) {
        print(
          'APP_SECRET did not open the keys that were replaced. Servers that run with another one issue no tokens:',
        );
        print('restart them with this one, or run the command again with theirs.');
      }
    } else {
      // No running server could use a key that is sealed under another secret.
      await store.assertOpenable();
      const { kid, signsFrom } = await store.publishNext();
      print(`The signing key ${kid} is published and signs from ${signsFrom.toISOString()}.`);
      print('The previous key is accepted until its last token has expired.');
      print('If a key has leaked, run instead: npm run keys:rotate -- --now');
    }
  },
});

function isWrongSecret(error: unknown): true {
  if (error instanceof WrongAppSecretError) return true;
  throw error;
}
