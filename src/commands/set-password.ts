import { parseArgs } from 'node:util';
import { IsNull } from 'typeorm';
import { passwordProblem } from '../common/password-policy.js';
import { ApiKey } from '../modules/api-keys/api-key.entity.js';
import { EmailCode } from '../modules/email-codes/email-code.entity.js';
import { PasswordHasher } from '../modules/passwords/password-hasher.js';
import { removeFactors } from '../modules/second-factor/factor-removal.js';
import { KnownNetwork } from '../modules/known-networks/known-network.entity.js';
import { Session } from '../modules/sessions/session.entity.js';
import { User } from '../modules/users/user.entity.js';
import { audit } from './audit.js';
import { lockAccount } from './lock-account.js';
import { readNewPassword } from './read-password.js';
import { CommandError, print, runCommand } from './run-command.js';

/*
 * npm run users:set-password -- <email>    node dist/commands/set-password.js <email>
 *   Sets the password of an account, read from a prompt or from standard input, ends all its sessions and codes, removes
 *   its second factors and a pending address, deletes all its API keys, and forgets its known networks. For an account
 *   that a stranger controls: every other way in is closed, a passkey too. users:reset-code keeps what this removes.
 */

const VIA = 'users:set-password';

await runCommand({
  usage: 'npm run users:set-password -- <email>',
  parse: (args) => {
    const [email, ...rest] = parseArgs({ args, allowPositionals: true }).positionals;
    return rest.length > 0 ? undefined : email;
  },
  run: async (email, { config, database, clock }) => {
    // Before the prompt, so that a misspelled address is reported first.
    await database.transaction((manager) => lockAccount(manager, email));
    const password = await readNewPassword();
    const problem = passwordProblem(password, email);
    if (problem !== undefined) throw new CommandError(`The password ${problem.message}`);
    const passwordHash = await new PasswordHasher(config).hash(password);

    const { user, sessions, keys, hadFactors } = await database.transaction(async (manager) => {
      const user = await lockAccount(manager, email);
      const hadFactors = user.totpEnabledAt !== null || user.passkeyCount > 0;
      const change = { passwordHash, pendingEmail: null, pendingEmailAt: null, updatedAt: clock.now() };
      await manager.update(User, { id: user.id }, change);
      await removeFactors(manager, user.id);
      const { affected: sessions } = await manager.delete(Session, { userId: user.id });
      const keys = await manager.findBy(ApiKey, { userId: user.id });
      await manager.delete(ApiKey, { userId: user.id });
      await manager.delete(KnownNetwork, { userId: user.id });
      // A pending one could still move the account to another address.
      await manager.update(EmailCode, { userId: user.id, endedAt: IsNull() }, { endedAt: clock.now() });
      await audit(manager, 'password.changed', VIA, { userId: user.id });
      await audit(manager, 'session.ended', VIA, { userId: user.id, which: 'all' });
      if (hadFactors) await audit(manager, 'second_factor.removed', VIA, { userId: user.id, factor: 'all' });
      for (const { keyId } of keys) await audit(manager, 'api_key.revoked', VIA, { userId: user.id, keyId });
      return { user, sessions, keys, hadFactors };
    });
    print(`The password of ${user.email} is changed.`);
    print(`Sessions ended: ${sessions ?? 0}. API keys deleted: ${keys.length}.`);
    if (hadFactors) print('The authenticator app, recovery codes and passkeys are removed.');
    if (user.status !== 'active')
      print(`The account is ${user.status}: it can log in only once an admin activates it.`);
  },
});
