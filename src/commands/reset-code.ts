import { parseArgs } from 'node:util';
import { EmailCodes } from '../modules/email-codes/email-codes.js';
import { removeFactors } from '../modules/second-factor/factor-removal.js';
import { Session } from '../modules/sessions/session.entity.js';
import { SigningKeyStore } from '../modules/tokens/signing-key-store.js';
import { SigningKey } from '../modules/tokens/signing-key.entity.js';
import { audit } from './audit.js';
import { lockAccount } from './lock-account.js';
import { CommandError, print, runCommand } from './run-command.js';

/*
 * npm run users:reset-code -- <email> [--remove-factors]    node dist/commands/reset-code.js <email> [--remove-factors]
 *   Prints a code that sets a new password, to hand over to the user of an account. It proves no mailbox: the address
 *   stays as verified as it was, and API keys stay. For an admin who lost the password and whom no other admin can help.
 *   With --remove-factors it also removes the authenticator app, recovery codes and passkeys, and ends the sessions.
 */

const VIA = 'users:reset-code';

await runCommand({
  usage: 'npm run users:reset-code -- <email> [--remove-factors]',
  parse: (args) => {
    const options = { 'remove-factors': { type: 'boolean', default: false } } as const;
    const { positionals, values } = parseArgs({ args, options, allowPositionals: true });
    const [email, ...rest] = positionals;
    return email === undefined || rest.length > 0 ? undefined : { email, removesFactors: values['remove-factors'] };
  },
  run: async ({ email, removesFactors }, { database, dataSource, secretSeal, clock }) => {
    // Servers with another secret would not know the code.
    await new SigningKeyStore(dataSource.getRepository(SigningKey), database, secretSeal, clock).assertOpenable();
    const codes = new EmailCodes(database, clock, secretSeal);
    const { user, code, expiresAt } = await database.transaction(async (manager) => {
      const user = await lockAccount(manager, email);
      // A change of status ends every code.
      if (user.status !== 'active')
        throw new CommandError(`The account is ${user.status}: an admin must activate it first`);
      if (removesFactors) {
        await removeFactors(manager, user.id);
        await manager.delete(Session, { userId: user.id });
        await audit(manager, 'second_factor.removed', VIA, { userId: user.id, factor: 'all' });
      }
      await audit(manager, 'reset_code.created', VIA, { userId: user.id });
      return { user, ...(await codes.handOver(manager, 'reset', user.id)) };
    });
    if (removesFactors)
      print('The authenticator app, recovery codes and passkeys are removed. All sessions have ended.');
    print(`The code ${code} sets a new password for ${user.email}, once, until ${expiresAt.toISOString()}:`);
    print('enter it where the app asks for a reset code, or send it to POST /api/auth/password/reset.');
  },
});
